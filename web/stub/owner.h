// Detects whether the process that started this one still exists.
#pragma once

namespace glitch_protocol::web {

/// Watches standard input if it is a pipe or a socket: its other end is closed when the owner ends, however
/// it ends. With a terminal, a file or /dev/null, nothing is detected. *One thread at a time.*
class Owner {
 public:
  Owner();
  /// Checks once; discards input.
  bool hasGone();

 private:
  // constant after construction
  const bool isWatched_;
};

}  // namespace glitch_protocol::web
