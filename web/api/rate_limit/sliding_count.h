// How often something happened lately, in a few numbers.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "web/api/rate_limit/rate_limits.h"

namespace glitch_protocol::web {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Counts by slices of an eighth of the window, and forgets whole slices: what happened within the window is
/// always counted, what happened before it for at most another eighth. All calls name the same limit. A time
/// before one that was named earlier counts as that one. *One thread at a time.*
class SlidingCount {
 public:
  void add(const RateLimit&, SteadyTime now);
  std::uint64_t total(const RateLimit&, SteadyTime now);
  /// How long until the total lies below the limit's count if nothing is added: zero if it does.
  std::chrono::nanoseconds untilBelow(const RateLimit&, SteadyTime now);

 private:
  static constexpr std::int64_t slicesOfWindow = 8;
  // The one in progress, and a whole window before it.
  static constexpr std::int64_t keptSlices = slicesOfWindow + 1;

  static std::chrono::nanoseconds sliceLength(const RateLimit&);
  void moveTo(const RateLimit&, SteadyTime now);
  std::uint32_t& slice(std::int64_t number);

  std::int64_t newest_ = 0;  ///< the number of the slice in progress, since the clock's beginning
  std::array<std::uint32_t, keptSlices> counts_{};
};

}  // namespace glitch_protocol::web
