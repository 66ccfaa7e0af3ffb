// The state of one limit for one key.
//
// An attempt makes a reservation before it is decided and ends it afterwards: the attempt counts, does not count,
// or clears the count. Reservations and counted attempts together never exceed the limit, so of any number of
// parallel attempts only as many as the limit allows are decided.
//
//            reserve()                 count(), and the limit is reached
//   free ----------------> in flight ------------------------------------> waiting --+
//     ^  <----------------                                                  |   ^    | reserve(): refused
//     |   giveBack(), clear()      one reserve() once the wait is over      v   |    |
//     |                                                            one in flight  <--+
//     |                                                                     |
//     +------ clear(); or no failure for a window after the wait -----------+   count(): a wait twice as long
//
// Without doubling waits (Waiting::untilBelow) the wait lasts until old attempts leave the window.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "web/api/api.h"
#include "web/api/rate_limit/sliding_count.h"

namespace glitch_protocol::web {

/// What happens at a limit. untilBelow: attempts are refused until the count in the window has fallen.
/// doubling: one attempt after 30 seconds, and each one that counts doubles the wait, up to 15 minutes.
enum class Waiting { untilBelow, doubling };

struct LimitRule {
  RateLimit limit;
  Waiting waiting = Waiting::untilBelow;
};

/// All calls must pass the same rule. *One thread at a time.*
class Tally {
 public:
  /// Makes a reservation, or returns how long to wait (more than zero) and changes nothing. When only
  /// undecided attempts are in the way, the wait is short: any of them may be released.
  std::optional<std::chrono::nanoseconds> reserve(const LimitRule&, SteadyTime now);

  /// Ends a reservation without counting it.
  void giveBack() { --inFlight_; }
  /// Ends a reservation and counts the attempt. True when a wait begins with it.
  bool count(const LimitRule&, SteadyTime now);
  /// Ends a reservation and clears the count.
  void clear();

  /// Whether a new tally would behave the same from now on.
  bool idle(const LimitRule&, SteadyTime now);

 private:
  void forgetOldWaits(const LimitRule&, SteadyTime now);

  SlidingCount counted_;
  std::uint32_t inFlight_ = 0;
  std::uint32_t waits_ = 0;  ///< consecutive waits, without a full window between them; doubling only
  SteadyTime waitUntil_{};
};

}  // namespace glitch_protocol::web
