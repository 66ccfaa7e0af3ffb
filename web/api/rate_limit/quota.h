// Applies one limit to all keys in bounded memory.
//
// The hash of a key selects a bucket with a few slots. While every slot of a bucket holds a tally that still
// counts, further keys of that bucket share one additional tally: they are then limited together, but never
// unlimited, and a tally is never dropped before it has run out. So a flood of other keys cannot erase the
// count of a key.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

#include "engine/clock.h"
#include "engine/sync/mutex.h"
#include "web/api/api.h"
#include "web/api/rate_limit/limit_key.h"
#include "web/api/rate_limit/tally.h"

namespace glitch_protocol::web {

/// *Thread-safe.* Uses the steady time of the clock.
class Quota {
 public:
  /// With an empty `limit` every attempt is allowed and nothing is stored. `clock` is borrowed.
  Quota(const std::optional<RateLimit>& limit, Waiting, Clock& clock);
  Quota(const Quota&) = delete;
  Quota& operator=(const Quota&) = delete;

  /// False when every attempt is allowed.
  bool limits() const { return rule_.has_value(); }

  using Refusal = std::optional<std::chrono::nanoseconds>;

  /// As Tally::reserve(). Each reservation must be ended by exactly one of the three functions below, with
  /// the same key. clear() does not clear a tally that keys share.
  Refusal reserve(const LimitKey&);
  void giveBack(const LimitKey&);
  bool count(const LimitKey&);
  void clear(const LimitKey&);

  /// The memory in use, which never exceeds maxBytes().
  std::size_t bytes() const;
  static std::size_t maxBytes();

 private:
  struct Slot {
    LimitKey key;
    Tally tally;
  };
  struct Bucket {
    std::array<Slot, 8> slots;
    Tally shared;
  };

  static constexpr std::size_t stripeCount = 64;
  static constexpr std::size_t bucketsOfStripe = 128;

  /// The buckets that share a lock. Each is allocated on first use.
  struct Stripe {
    mutable Mutex mutex;
    std::array<std::unique_ptr<Bucket>, bucketsOfStripe> buckets GUARDED_BY(mutex);
  };

  enum class Owner { key, bucket };
  struct Found {
    Tally& tally;
    Owner owner = Owner::key;
  };

  template <class Use>
  auto withTally(const LimitKey&, Use use);
  Found find(Bucket&, const LimitKey&, SteadyTime now) const;

  // constant after construction
  const std::optional<LimitRule> rule_;
  Clock& clock_;
  /// Null when every attempt is allowed.
  const std::unique_ptr<Stripe[]> stripes_;
};

}  // namespace glitch_protocol::web
