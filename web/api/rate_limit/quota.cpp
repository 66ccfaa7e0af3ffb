#include "web/api/rate_limit/quota.h"

#include <cstdint>
#include <cstring>

namespace glitch_protocol::web {

namespace {

std::optional<LimitRule> ruleOf(const std::optional<RateLimit>& limit, Waiting waiting) {
  if (!limit) return std::nullopt;
  return LimitRule{*limit, waiting};
}

std::size_t hashOf(const LimitKey& key) {
  std::uint64_t hash = 0;
  std::memcpy(&hash, key.bytes.data(), sizeof hash);
  return static_cast<std::size_t>(hash);
}

}  // namespace

Quota::Quota(const std::optional<RateLimit>& limit, Waiting waiting, Clock& clock)
    : rule_(ruleOf(limit, waiting)),
      clock_(clock),
      stripes_(limit ? std::make_unique<Stripe[]>(stripeCount) : nullptr) {}

// A key that uses the shared tally keeps using it until nothing in it counts any more: a slot of its own
// before that would reset its count.
Quota::Found Quota::find(Bucket& bucket, const LimitKey& key, SteadyTime now) const {
  for (Slot& slot : bucket.slots) {
    if (slot.key == key) return {slot.tally};
  }
  if (!bucket.shared.idle(*rule_, now)) return {bucket.shared, Owner::bucket};
  for (Slot& slot : bucket.slots) {
    if (!slot.tally.idle(*rule_, now)) continue;
    slot = {key, {}};
    return {slot.tally};
  }
  return {bucket.shared, Owner::bucket};
}

template <class Use>
auto Quota::withTally(const LimitKey& key, Use use) {
  const std::size_t hash = hashOf(key);
  Stripe& stripe = stripes_[hash % stripeCount];
  const MutexLock lock(stripe.mutex);
  auto& bucket = stripe.buckets[hash / stripeCount % bucketsOfStripe];
  if (!bucket) bucket = std::make_unique<Bucket>();
  const SteadyTime now = clock_.steadyNow();
  return use(find(*bucket, key, now), now);
}

Quota::Refusal Quota::reserve(const LimitKey& key) {
  if (!rule_) return std::nullopt;
  return withTally(key, [&](Found found, SteadyTime now) { return found.tally.reserve(*rule_, now); });
}

void Quota::giveBack(const LimitKey& key) {
  if (rule_) withTally(key, [](Found found, SteadyTime) { found.tally.giveBack(); });
}

bool Quota::count(const LimitKey& key) {
  if (!rule_) return false;
  return withTally(key, [&](Found found, SteadyTime now) { return found.tally.count(*rule_, now); });
}

void Quota::clear(const LimitKey& key) {
  if (!rule_) return;
  withTally(key, [](Found found, SteadyTime) {
    found.owner == Owner::key ? found.tally.clear() : found.tally.giveBack();
  });
}

std::size_t Quota::bytes() const {
  if (!rule_) return sizeof(Quota);
  std::size_t held = sizeof(Quota) + stripeCount * sizeof(Stripe);
  for (std::size_t index = 0; index < stripeCount; ++index) {
    const Stripe& stripe = stripes_[index];
    const MutexLock lock(stripe.mutex);
    for (const auto& bucket : stripe.buckets) held += bucket ? sizeof(Bucket) : 0;
  }
  return held;
}

std::size_t Quota::maxBytes() {
  return sizeof(Quota) + stripeCount * (sizeof(Stripe) + bucketsOfStripe * sizeof(Bucket));
}

}  // namespace glitch_protocol::web
