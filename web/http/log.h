#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "engine/sync/mutex.h"
#include "web/http/log_line.h"
#include "web/http/log_repeats.h"
#include "web/http/log_writer.h"

namespace glitch_protocol::web {

/// Where events are written down: one event is one line, whatever the values contain. Control characters,
/// quotes, backslashes, bidirectional and invisible format characters and invalid UTF-8 are escaped, so that
/// nobody forges a line, colours a terminal or hides a word.
///
/// Logging neither fails its caller nor makes it wait: lines go to a queue that a thread of their own empties
/// (log_writer.h), and what a full queue cannot take is counted and told by one line, `log_lines_dropped`.
///
/// *Thread-safe.* Lines of several threads never mix.
class Log {
 public:
  using Now = std::function<std::chrono::system_clock::time_point()>;
  /// Receives one whole line with its line end. Called by one thread at a time.
  using Sink = std::function<void(std::string_view line)>;

  /// Lines go to `descriptor`, which stays the caller's and must outlive the log. `now` must stay callable as
  /// long as the process runs. Throws as LogWriter's constructor does.
  Log(LogLevel lowest, LogFormat format, Now now, int descriptor = 2);
  /// Hands each line to `sink` instead, on the thread that writes it.
  Log(LogLevel lowest, LogFormat format, Now now, Sink sink);
  /// Writes the sums of repeats that are left, then waits at most a second until the lines have been written.
  ~Log();

  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Whether an event of this level would be written; saves preparing the values of one that would not.
  bool enabled(LogLevel level) const { return level >= lowest_; }

  void write(LogLevel level, std::string_view event, LogFields fields = {});

  /// For what a stranger can cause at will: the first such event from `address` (a client's; "" for none) gets
  /// its line, those that follow one line in ten seconds, with the fields of the last and `repeated`, how many
  /// it stands for (log_repeats.h). `event` is a literal. Fields of a sum are cut at 256 bytes.
  void writeRepeatable(LogLevel level, std::string_view event, std::string_view address, LogFields fields);
  /// Writes the sums whose ten seconds are over. Without a call now and then they come with the next event of
  /// their kind, or at the end.
  void writeDueSums();
  /// Writes all sums, as before the last line of a log.
  void writeAllSums();

  /// How many lines were lost, as the queue was full or the descriptor failed.
  std::uint64_t linesDropped() const;
  /// How many events share the line of a sum.
  std::uint64_t eventsSummedUp() const;

 private:
  template <class Step>
  void orLose(Step step);
  void writeLine(LogLevel, std::string_view event, std::string_view fields);
  void writeSum(const RepeatSum&);
  void writeSums(LogRepeats::Sums);

  // Constant after construction.
  const LogLevel lowest_;
  const LogFormat format_;
  const Now now_;
  // Locks itself; null where there is a sink.
  const std::unique_ptr<LogWriter> writer_;
  LogRepeats repeats_;

  Mutex mutex_;
  const Sink sink_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::web
