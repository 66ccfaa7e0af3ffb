#include "web/api/rate_limit/sliding_count.h"

#include <algorithm>
#include <numeric>

namespace glitch_protocol::web {

std::chrono::nanoseconds SlidingCount::sliceLength(const RateLimit& limit) {
  return std::chrono::nanoseconds(limit.window) / slicesOfWindow;
}

std::uint32_t& SlidingCount::slice(std::int64_t number) {
  return counts_[static_cast<std::size_t>((number % keptSlices + keptSlices) % keptSlices)];
}

void SlidingCount::moveTo(const RateLimit& limit, SteadyTime now) {
  const std::int64_t present = now.time_since_epoch() / sliceLength(limit);
  if (present <= newest_) return;
  // Older slices have already been overwritten.
  for (std::int64_t number = std::max(newest_ + 1, present - slicesOfWindow); number <= present; ++number) {
    slice(number) = 0;
  }
  newest_ = present;
}

void SlidingCount::add(const RateLimit& limit, SteadyTime now) {
  moveTo(limit, now);
  ++slice(newest_);
}

std::uint64_t SlidingCount::total(const RateLimit& limit, SteadyTime now) {
  moveTo(limit, now);
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::chrono::nanoseconds SlidingCount::untilBelow(const RateLimit& limit, SteadyTime now) {
  std::uint64_t left = total(limit, now);
  std::int64_t oldest = newest_ - slicesOfWindow;
  while (left >= limit.count) left -= slice(oldest++);
  if (oldest == newest_ - slicesOfWindow) return std::chrono::nanoseconds{0};
  // Slice n is dropped when slice n + keptSlices begins.
  const SteadyTime forgotten{sliceLength(limit) * (oldest - 1 + keptSlices)};
  return std::max(forgotten - now, SteadyTime::duration{1});
}

}  // namespace glitch_protocol::web
