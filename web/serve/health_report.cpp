#include "web/serve/health_report.h"

#include <utility>

namespace glitch_protocol::web {

HealthReport::HealthReport(Supervisor& supervisor, std::string status, Ports ports)
    : supervisor_(supervisor),
      status_(std::move(status)),
      ports_(std::move(ports)),
      interval_(supervisor.watchdog() / 4),
      nextCheck_(ports_.now() + interval_) {}

void HealthReport::poll() {
  if (isChecking_) {
    if (!ports_.checkPassed()) return;
    isChecking_ = false;
    if (!std::exchange(isReady_, true)) supervisor_.ready(status_);
    if (interval_.count() > 0) supervisor_.alive();
  }
  if (interval_.count() == 0 || ports_.now() < nextCheck_) return;
  nextCheck_ = ports_.now() + interval_;
  isChecking_ = true;
  ports_.beginCheck();
}

}  // namespace glitch_protocol::web
