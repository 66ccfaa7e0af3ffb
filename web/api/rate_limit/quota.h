// One limit for all keys, in bounded memory.
//
// A key's hash names a bucket of a few places. Where all of a bucket's places hold something that still
// counts, further keys of that bucket share one more tally: they are then limited together, with strangers,
// but never unlimited, and what a place holds is never given up before it has run out. So a flood of other
// keys makes no key forget its count.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

#include "engine/clock.h"
#include "engine/sync/mutex.h"
#include "web/api/rate_limit/limit_key.h"
#include "web/api/rate_limit/rate_limits.h"
#include "web/api/rate_limit/tally.h"

namespace glitch_protocol::web {

/// *Thread-safe.* Time is the clock's steady one.
class Quota {
 public:
  /// `limit` empty: everything is granted, nothing is kept. `clock` is borrowed.
  Quota(const std::optional<RateLimit>& limit, Waiting, Clock& clock);
  Quota(const Quota&) = delete;
  Quota& operator=(const Quota&) = delete;

  /// False when everything is granted.
  bool limits() const { return rule_.has_value(); }

  using Refusal = std::optional<std::chrono::nanoseconds>;

  /// As Tally::reserve(). Each place that was granted must be ended by exactly one of the three below, with
  /// the same key. clear() forgets nothing of a tally that strangers share.
  Refusal reserve(const LimitKey&);
  void giveBack(const LimitKey&);
  bool count(const LimitKey&);
  void clear(const LimitKey&);

  /// What is held now, which never exceeds maxBytes().
  std::size_t bytes() const;
  static std::size_t maxBytes();

 private:
  struct Place {
    LimitKey key;
    Tally tally;
  };
  struct Bucket {
    std::array<Place, 8> places;
    Tally shared;
  };

  static constexpr std::size_t stripeCount = 64;
  static constexpr std::size_t bucketsOfStripe = 128;

  /// The buckets that share a lock. Each is made when it is first needed.
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
  /// Null where everything is granted.
  const std::unique_ptr<Stripe[]> stripes_;
};

}  // namespace glitch_protocol::web
