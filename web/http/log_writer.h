// The way of log lines to a descriptor: a bounded queue, and a thread that empties it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace glitch_protocol::web {

struct LogWriterLimits {
  /// The most that waits for the reader. Lines past it are dropped until no more than half of it waits.
  std::size_t queueBytes = std::size_t{1} << 20;
  /// How long the destructor lets the thread write what waits.
  std::chrono::milliseconds lastWrites{900};
  /// How long it then waits for the thread to end.
  std::chrono::milliseconds lastWord{100};
};

/// Writes lines to a descriptor on a thread of its own, so that no caller ever waits for whoever reads them:
/// pipe, socket, terminal or file. Lines reach the descriptor in the order of the calls, whole and unmixed,
/// several to a write(2) of at most PIPE_BUF bytes. Lines that find the queue full, and lines that cannot be
/// written (disk full, closed pipe), are dropped and counted; a line in their place says how many. A process
/// that crashes loses what waits.
///
/// *Thread-safe.*
class LogWriter {
 public:
  /// Makes the line, with its line end, that stands in the place of `count` lost ones. Called by any thread,
  /// one at a time. Must not use this writer, and must stay callable as long as the process runs.
  using DroppedLine = std::function<std::string(std::uint64_t count)>;

  /// `descriptor` stays the caller's, with its flags as they are, and must outlive the writer. Throws
  /// std::runtime_error with a sentence for people when the thread cannot be started.
  LogWriter(int descriptor, DroppedLine, LogWriterLimits = {});

  /// Returns within `lastWrites` + `lastWord`: what has not been written by then is lost. Of a thread that is
  /// caught inside write(2) nothing is waited for: it writes nothing more, and ends when the call returns or
  /// the process ends.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Queues one line with its line end, or drops it. Never waits for the descriptor.
  void write(std::string_view line);

  /// Counts a line that could not be made for want of memory as dropped.
  void lose();

  /// How many lines were lost so far.
  std::uint64_t dropped() const;

 private:
  class Queue;
  // constant after construction; shared with the thread, which may have to be left behind
  const std::shared_ptr<Queue> queue_;
  std::thread thread_;
};

}  // namespace glitch_protocol::web
