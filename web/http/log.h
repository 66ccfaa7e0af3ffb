// The event log of the server.
#pragma once

#include <atomic>
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

/// Writes events, each as exactly one line, whatever the values contain. Control characters, quotes,
/// backslashes, bidirectional and invisible format characters and invalid UTF-8 are escaped, so that no value
/// can forge a line, colour a terminal or hide text.
///
/// Logging neither fails nor blocks its caller: lines go to a queue that a separate thread writes out
/// (log_writer.h). Lines that do not fit into the queue are counted, and one line, `log_lines_dropped`,
/// reports the number.
///
/// *Thread-safe.* Lines from several threads never mix.
class Log {
 public:
  using Now = std::function<std::chrono::system_clock::time_point()>;
  /// Receives one complete line with its line end. Never called by two threads at once.
  using Sink = std::function<void(std::string_view line)>;

  /// Writes to `descriptor`, which the caller owns and which must outlive the log. `now` must remain callable
  /// until the process ends. Throws as LogWriter's constructor does.
  Log(LogLevel lowest, LogFormat format, Now now, int descriptor = 2);
  /// Passes each line to `sink`, on the calling thread.
  Log(LogLevel lowest, LogFormat format, Now now, Sink sink);
  /// Writes the outstanding sums of repeated events, then waits up to one second until all lines are written.
  ~Log();

  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Whether an event of this level is written; lets callers skip preparing values that are not needed.
  bool enabled(LogLevel level) const { return level >= lowest_; }
  /// From now on lower levels are not written.
  void setLowest(LogLevel lowest) { lowest_ = lowest; }

  void write(LogLevel level, std::string_view event, LogFields fields = {});

  /// For events that a stranger can cause at will. The first such event from `address` (a client address; ""
  /// for none) gets its own line; later ones share one line every ten seconds, with the fields of the last
  /// event and their number as `repeated` (log_repeats.h). `event` is a string literal. Values in a sum are
  /// cut at 256 bytes.
  void writeRepeatable(LogLevel level, std::string_view event, std::string_view address, LogFields fields);
  /// Writes the sums whose ten seconds are over. Without regular calls they are written with the next event
  /// of the same kind, or at the end.
  void writeDueSums();
  /// Writes all outstanding sums, as is done before the last line of a log.
  void writeAllSums();

  /// How many lines were dropped because the queue was full or the descriptor failed.
  std::uint64_t linesDropped() const;
  /// How many events were reported only as part of a sum.
  std::uint64_t eventsSummedUp() const;

 private:
  template <class Step>
  void orCountDropped(Step step);
  void writeLine(LogLevel, std::string_view event, std::string_view fields);
  void writeSum(const RepeatSum&);
  void writeSums(LogRepeats::Sums);

  // Locks itself.
  std::atomic<LogLevel> lowest_;
  // Constant after construction.
  const LogFormat format_;
  const Now now_;
  // Locks itself; null when there is a sink.
  const std::unique_ptr<LogWriter> writer_;
  LogRepeats repeats_;

  Mutex mutex_;
  const Sink sink_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::web
