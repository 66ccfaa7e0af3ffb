// Counts events in a sliding window with a few numbers.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "web/api/api.h"

namespace glitch_protocol::web {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Counts in slices of an eighth of the window and drops whole slices: events within the window are always
/// counted, older ones for at most another eighth. All calls must pass the same limit. A time before an
/// earlier one is treated as the earlier one. *One thread at a time.*
class SlidingCount {
 public:
  void add(const RateLimit&, SteadyTime now);
  std::uint64_t total(const RateLimit&, SteadyTime now);
  /// The time until the total falls below the limit's count if nothing is added; zero if it is below already.
  std::chrono::nanoseconds untilBelow(const RateLimit&, SteadyTime now);

 private:
  static constexpr std::int64_t slicesOfWindow = 8;
  // The current slice and a full window before it.
  static constexpr std::int64_t keptSlices = slicesOfWindow + 1;

  static std::chrono::nanoseconds sliceLength(const RateLimit&);
  void moveTo(const RateLimit&, SteadyTime now);
  std::uint32_t& slice(std::int64_t number);

  std::int64_t newest_ = 0;  ///< the number of the current slice, counted from the epoch of the clock
  std::array<std::uint32_t, keptSlices> counts_{};
};

}  // namespace glitch_protocol::web
