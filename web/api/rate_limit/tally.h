// What one limit knows about one key.
//
// An attempt takes a place before it is decided and gives it up afterwards: counted, not counted, or with
// everything forgotten. Places in use and counted attempts together never exceed the limit, so of any number
// of parallel attempts no more than the limit allows get as far as being decided.
//
//            reserve()                 count(), and the limit is reached
//   free ----------------> in flight ------------------------------------> waiting --+
//     ^  <----------------                                                  |   ^    | reserve(): refused
//     |   giveBack(), clear()      one reserve() once the wait is over      v   |    |
//     |                                                            one in flight  <--+
//     |                                                                     |
//     +------ clear(); or no failure for a window after the wait -----------+   count(): a wait twice as long
//
// Without doubling waits (Waiting::untilBelow) the wait is the time until old attempts fall out of the
// window.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "web/api/rate_limit/rate_limits.h"
#include "web/api/rate_limit/sliding_count.h"

namespace glitch_protocol::web {

/// What happens at a limit. untilBelow: refused until the count of the last window has fallen. doubling: one
/// attempt after 30 seconds, and each that counts doubles that, up to 15 minutes.
enum class Waiting { untilBelow, doubling };

struct LimitRule {
  RateLimit limit;
  Waiting waiting = Waiting::untilBelow;
};

/// All calls name the same rule. *One thread at a time.*
class Tally {
 public:
  /// Takes a place, or says how long to wait (more than nothing) and changes nothing. When only attempts in
  /// flight stand in the way the wait is short: any of them may give its place back.
  std::optional<std::chrono::nanoseconds> reserve(const LimitRule&, SteadyTime now);

  /// The place is free again, and nothing has happened.
  void giveBack() { --inFlight_; }
  /// The place is free again, and what it was taken for counts. True when a wait begins with it.
  bool count(const LimitRule&, SteadyTime now);
  /// The place is free again, and everything that counted is forgotten.
  void clear();

  /// Whether a new tally would answer the same from now on.
  bool idle(const LimitRule&, SteadyTime now);

 private:
  void forgetOldWaits(const LimitRule&, SteadyTime now);

  SlidingCount counted_;
  std::uint32_t inFlight_ = 0;
  std::uint32_t waits_ = 0;  ///< how many waits there were without a pause of a window; doubling only
  SteadyTime waitUntil_{};
};

}  // namespace glitch_protocol::web
