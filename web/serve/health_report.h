// Reports to the service manager that the server answers.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "web/serve/supervisor.h"

namespace glitch_protocol::web {

/// Calls Supervisor::ready() once the server answers, and then Supervisor::alive() four times in each interval
/// of the watchdog, each time only after the server has passed another check. *One thread at a time.*
class HealthReport {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Ports {
    std::function<void()> beginCheck;   ///< does not wait
    std::function<bool()> checkPassed;  ///< since the last beginCheck(), or since the start if there was none
    std::function<Time()> now;
  };

  /// `supervisor` must outlive this; `status` is for its ready().
  HealthReport(Supervisor& supervisor, std::string status, Ports ports);

  /// Looks at the running check, and begins the next one when it is due. Does not wait.
  void poll();
  /// Whether ready() has been called.
  bool isReady() const { return isReady_; }
  /// Calls ready() again, after a reload.
  void readyAgain() { supervisor_.ready(status_); }

 private:
  // constant after construction
  Supervisor& supervisor_;
  const std::string status_;
  const Ports ports_;
  const std::chrono::microseconds interval_;  ///< between checks; 0: only the first one
  // changes with each poll
  bool isReady_ = false;
  bool isChecking_ = true;
  Time nextCheck_;
};

}  // namespace glitch_protocol::web
