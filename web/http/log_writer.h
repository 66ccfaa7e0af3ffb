// Writes log lines to a descriptor through a bounded queue and a separate thread.
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
  /// The maximum that waits to be written. Lines beyond it are dropped until no more than half of it waits.
  std::size_t queueBytes = std::size_t{1} << 20;
  /// How long the destructor waits for the thread to write the queued lines.
  std::chrono::milliseconds lastWrites{900};
  /// How long it then waits for the thread to end.
  std::chrono::milliseconds lastWord{100};
};

/// Writes lines to a descriptor (pipe, socket, terminal or file) on a separate thread, so that callers never
/// wait for its reader. Lines are written in the order of the calls, complete and unmixed, several to a
/// write(2) of at most PIPE_BUF bytes. Lines that do not fit into the queue, and lines that cannot be written
/// (disk full, closed pipe), are dropped and counted; a line in their place gives the number. When the
/// process crashes, queued lines are lost.
///
/// *Thread-safe.*
class LogWriter {
 public:
  /// Formats the line, with its line end, that replaces `count` dropped ones. Called on any thread, never by
  /// two at once. Must not use this writer, and must remain callable until the process ends.
  using DroppedLine = std::function<std::string(std::uint64_t count)>;

  /// The caller owns `descriptor`, whose flags are not changed and which must outlive the writer. Throws
  /// std::runtime_error with a readable sentence when the thread cannot be started.
  LogWriter(int descriptor, DroppedLine, LogWriterLimits = {});

  /// Returns within `lastWrites` + `lastWord`; lines not written by then are lost. A thread that is blocked
  /// in write(2) is detached: it writes nothing more and ends when the call returns or the process ends.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Queues one line with its line end, or drops it. Never blocks on the descriptor.
  void write(std::string_view line);

  /// Counts a line as dropped that could not be formatted for lack of memory.
  void countDropped();

  /// How many lines have been dropped so far.
  std::uint64_t dropped() const;

 private:
  class Queue;
  // constant after construction; shared with the thread, which may have to be detached
  const std::shared_ptr<Queue> queue_;
  std::thread thread_;
};

}  // namespace glitch_protocol::web
