#include "web/api/rate_limit/tally.h"

#include <algorithm>

namespace glitch_protocol::web {

namespace {

constexpr std::chrono::seconds firstWait{30};
constexpr std::chrono::seconds maxWait{15 * 60};
constexpr std::uint32_t maxWaits = 6;  // 30 s doubled five times exceeds 15 minutes
// While only undecided attempts are in the way.
constexpr std::chrono::seconds shortWait{1};

}  // namespace

void Tally::forgetOldWaits(const LimitRule& rule, SteadyTime now) {
  if (waits_ == 0 || now < waitUntil_ + rule.limit.window) return;
  waits_ = 0;
  counted_ = {};
}

std::optional<std::chrono::nanoseconds> Tally::reserve(const LimitRule& rule, SteadyTime now) {
  forgetOldWaits(rule, now);
  if (waits_ > 0) {
    if (now < waitUntil_) return waitUntil_ - now;
    if (inFlight_ > 0) return shortWait;
  } else {
    const std::uint64_t counted = counted_.total(rule.limit, now);
    if (counted >= rule.limit.count) return counted_.untilBelow(rule.limit, now);
    if (counted + inFlight_ >= rule.limit.count) return shortWait;
  }
  ++inFlight_;
  return std::nullopt;
}

bool Tally::count(const LimitRule& rule, SteadyTime now) {
  --inFlight_;
  counted_.add(rule.limit, now);
  const bool limited = waits_ > 0 || counted_.total(rule.limit, now) >= rule.limit.count;
  if (limited && rule.waiting == Waiting::doubling) {
    waitUntil_ = now + std::min(firstWait * (1 << waits_), maxWait);
    waits_ = std::min(waits_ + 1, maxWaits);
  }
  return limited;
}

void Tally::clear() {
  --inFlight_;
  waits_ = 0;
  counted_ = {};
}

bool Tally::idle(const LimitRule& rule, SteadyTime now) {
  forgetOldWaits(rule, now);
  return inFlight_ == 0 && waits_ == 0 && counted_.total(rule.limit, now) == 0;
}

}  // namespace glitch_protocol::web
