// The signals that a server answers to.
#pragma once

#include <signal.h>

#include <chrono>
#include <optional>

namespace glitch_protocol::web {

enum class Signal {
  stop,    ///< SIGTERM, SIGINT
  reload,  ///< SIGHUP
};

/// Takes over SIGTERM, SIGINT and SIGHUP for the process: they no longer interrupt anything, but wait to be
/// fetched. Make one before any thread is started, for threads inherit what they must not be interrupted by.
/// SIGPIPE and SIGXFSZ are ignored. *One thread at a time*, the one that made it.
class Signals {
 public:
  Signals();
  /// Gives the signals back to this thread as it had them; those that nobody fetched are dropped.
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// The next signal, or nothing when none has come after `timeout`.
  std::optional<Signal> wait(std::chrono::milliseconds timeout);

  /// From now on SIGTERM and SIGINT end the process at once, with exit code 128 + the signal's number. For
  /// the second one, while the first is being answered.
  void exitOnNextStop();

 private:
  // constant after construction
  sigset_t handled_;
  sigset_t before_;
};

}  // namespace glitch_protocol::web
