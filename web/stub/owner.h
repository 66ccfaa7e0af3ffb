// Whether whoever started this process is still there.
#pragma once

namespace glitch_protocol::web {

/// Standard input, when it is a pipe or a socket: its other end is closed when its owner ends, however it
/// ends. A terminal, a file or /dev/null says nothing. *One thread at a time.*
class Owner {
 public:
  Owner();
  /// Looks once, and forgets what was written.
  bool hasGone();

 private:
  // constant after construction
  const bool isWatched_;
};

}  // namespace glitch_protocol::web
