#include "web/api/rate_limit/rate_limiter.h"

#include <utility>

#include "web/http/errors.h"

namespace glitch_protocol::web {

LimitedPlaces::LimitedPlaces(LimitedPlaces&& other) noexcept
    : places_(other.places_), taken_(std::exchange(other.taken_, 0)) {}

LimitedPlaces& LimitedPlaces::operator=(LimitedPlaces&& other) noexcept {
  if (this == &other) return *this;
  settle(Verdict::undecided);
  places_ = other.places_;
  taken_ = std::exchange(other.taken_, 0);
  return *this;
}

void LimitedPlaces::take(Quota& quota, const LimitKey& key, OnPass onPass) {
  if (const auto wait = tryTake(quota, key, onPass)) throw RateLimitedError(*wait);
}

Quota::Refusal LimitedPlaces::tryTake(Quota& quota, const LimitKey& key, OnPass onPass) {
  const auto wait = quota.reserve(key);
  if (!wait) places_[taken_++] = {&quota, key, onPass};
  return wait;
}

bool LimitedPlaces::settle(Verdict verdict) {
  bool waitBegins = false;
  while (taken_ > 0) waitBegins |= settle(places_[--taken_], verdict);
  return waitBegins;
}

bool LimitedPlaces::settle(const Place& place, Verdict verdict) {
  const bool countsAttempts = place.onPass == OnPass::counts;
  if (verdict == Verdict::failed || (countsAttempts && verdict != Verdict::undecided))
    return place.quota->count(place.key) && !countsAttempts;
  if (verdict == Verdict::passed && place.onPass == OnPass::clears) {
    place.quota->clear(place.key);
  } else {
    place.quota->giveBack(place.key);
  }
  return false;
}

RateLimiter::RateLimiter(const RateLimits& limits, RandomSource& random, Clock& clock)
    : keys_(random),
      failures_(limits.failures, Waiting::doubling, clock),
      devices_(limits.failures, Waiting::doubling, clock),
      account_(limits.account, Waiting::untilBelow, clock),
      passwordChanges_(limits.passwordChanges, Waiting::untilBelow, clock),
      logins_(limits.logins, Waiting::untilBelow, clock),
      registrations_(limits.registrations, Waiting::untilBelow, clock),
      refreshes_(limits.refreshes, Waiting::untilBelow, clock) {}

LimitedPlaces RateLimiter::admitGuess(std::string_view email, std::string_view address,
                                      const Acquaintance& known) {
  using OnPass = LimitedPlaces::OnPass;
  LimitedPlaces places;
  places.take(failures_, keys_.ofAccountAndAddress(email, address), OnPass::clears);
  const auto wait = places.tryTake(account_, keys_.ofAccount(email), OnPass::givesBack);
  if (wait && !(failures_.limits() && known.address())) throw RateLimitedError(*wait);
  return places;
}

LimitedPlaces RateLimiter::admitLogin(std::string_view email, std::string_view address,
                                      const Acquaintance& known) {
  using OnPass = LimitedPlaces::OnPass;
  LimitedPlaces places;
  const auto device = devices_.limits() ? known.device() : std::nullopt;
  if (device) {
    places.take(devices_, keys_.ofDevice(*device), OnPass::clears);
  } else {
    places = admitGuess(email, address, known);
  }
  // Last, since it counts whatever the others would have said.
  LimitedPlaces login;
  login.take(logins_, keys_.ofAddress(address), OnPass::counts);
  login.settle(Verdict::passed);
  return places;
}

LimitedPlaces RateLimiter::admitPasswordChange(std::string_view email, std::string_view address,
                                               const Acquaintance& known) {
  LimitedPlaces places = admitGuess(email, address, known);
  places.take(passwordChanges_, keys_.ofAccount(email), LimitedPlaces::OnPass::counts);
  return places;
}

LimitedPlaces RateLimiter::admitRegistration(std::string_view address) {
  LimitedPlaces places;
  places.take(registrations_, keys_.ofAddress(address), LimitedPlaces::OnPass::counts);
  return places;
}

void RateLimiter::admitRefresh(std::string_view session) {
  LimitedPlaces places;
  places.take(refreshes_, keys_.of(session), LimitedPlaces::OnPass::counts);
  places.settle(Verdict::passed);
}

}  // namespace glitch_protocol::web
