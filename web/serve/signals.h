// Receives the signals that control a server.
#pragma once

#include <signal.h>

#include <chrono>
#include <optional>

namespace glitch_protocol::web {

enum class Signal {
  stop,    ///< SIGTERM, SIGINT
  reload,  ///< SIGHUP
};

/// Takes over SIGTERM, SIGINT and SIGHUP for the process: they no longer interrupt anything but are returned
/// by wait(). Construct it before any thread starts, since threads inherit the signal mask. SIGPIPE and
/// SIGXFSZ are ignored. *One thread at a time*, the one that constructed it.
class Signals {
 public:
  Signals();
  /// Restores the signal mask of the thread; signals not yet returned are dropped.
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// The next signal; nothing when none arrives within `timeout`.
  std::optional<Signal> wait(std::chrono::milliseconds timeout);

  /// From now on SIGTERM and SIGINT end the process at once with exit code 128 + signal number. For a second
  /// signal while the first is being handled.
  void exitOnNextStop();

 private:
  // constant after construction
  sigset_t handled_;
  sigset_t before_;
};

}  // namespace glitch_protocol::web
