// Warns when a long read transaction keeps the write-ahead log of the database from being emptied.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "web/http/log.h"

namespace glitch_protocol::web {

/// Logs a warning when the write-ahead log exceeds its limit, another each time its size doubles, and one
/// when it has restarted. While it exceeds the limit, tries to restart it every few seconds, so that it
/// shrinks soon after the reader has finished, even without writes. *One thread at a time*, but size() and
/// age() are thread-safe.
class WalWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Size {
    std::uint64_t bytes = 0;     ///< written since the log last restarted
    std::uint64_t restarts = 0;  ///< how often it has restarted
  };
  struct Ports {
    std::function<Size()> look;     ///< thread-safe
    std::function<void()> restart;  ///< restarts the log if that is possible now; must not throw
    std::function<Time()> now;      ///< thread-safe
  };

  /// `limit` in bytes. `log` must outlive this.
  WalWatch(Ports, std::uint64_t limit, Log& log);

  /// Checks once.
  void poll();

  std::uint64_t size() const { return ports_.look().bytes; }
  /// The time since poll() last saw a restart of the log, or since construction.
  std::chrono::milliseconds age() const;

 private:
  void noteRestart(std::uint64_t restarts);
  void warn(std::uint64_t bytes);
  std::string ageInSeconds() const;

  // constant after construction
  const Ports ports_;
  const std::uint64_t limit_;
  Log& log_;
  // locks itself
  std::atomic<Time> restartedAt_;
  // changes with each poll
  std::uint64_t restarts_;
  std::uint64_t nextWarning_;  ///< the size at which the next warning is due
  std::uint64_t largest_ = 0;  ///< the largest size over the limit since the last restart; 0: none
  Time nextRestart_ = Time::min();
};

}  // namespace glitch_protocol::web
