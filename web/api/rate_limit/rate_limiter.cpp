#include "web/api/rate_limit/rate_limiter.h"

#include <utility>

#include "web/http/errors.h"

namespace glitch_protocol::web {

LimitReservations::LimitReservations(LimitReservations&& other) noexcept
    : reservations_(other.reservations_), count_(std::exchange(other.count_, 0)) {}

LimitReservations& LimitReservations::operator=(LimitReservations&& other) noexcept {
  if (this == &other) return *this;
  settle(AttemptResult::undecided);
  reservations_ = other.reservations_;
  count_ = std::exchange(other.count_, 0);
  return *this;
}

void LimitReservations::reserve(Quota& quota, const LimitKey& key, OnPass onPass) {
  if (const auto wait = tryReserve(quota, key, onPass)) throw RateLimitedError(*wait);
}

Quota::Refusal LimitReservations::tryReserve(Quota& quota, const LimitKey& key, OnPass onPass) {
  const auto wait = quota.reserve(key);
  if (!wait) reservations_[count_++] = {&quota, key, onPass};
  return wait;
}

bool LimitReservations::settle(AttemptResult result) {
  bool waitBegins = false;
  while (count_ > 0) waitBegins |= settle(reservations_[--count_], result);
  return waitBegins;
}

bool LimitReservations::settle(const Reservation& reservation, AttemptResult result) {
  const bool countsAttempts = reservation.onPass == OnPass::counts;
  if (result == AttemptResult::failed || (countsAttempts && result != AttemptResult::undecided))
    return reservation.quota->count(reservation.key) && !countsAttempts;
  if (result == AttemptResult::passed && reservation.onPass == OnPass::clears) {
    reservation.quota->clear(reservation.key);
  } else {
    reservation.quota->giveBack(reservation.key);
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

LimitReservations RateLimiter::admitGuess(std::string_view email, std::string_view address,
                                          const ClientRecognition& known) {
  using OnPass = LimitReservations::OnPass;
  LimitReservations reservations;
  reservations.reserve(failures_, keys_.ofAccountAndAddress(email, address), OnPass::clears);
  const auto wait = reservations.tryReserve(account_, keys_.ofAccount(email), OnPass::givesBack);
  if (wait && !(failures_.limits() && known.address())) throw RateLimitedError(*wait);
  return reservations;
}

LimitReservations RateLimiter::admitLogin(std::string_view email, std::string_view address,
                                          const ClientRecognition& known) {
  using OnPass = LimitReservations::OnPass;
  LimitReservations reservations;
  const auto device = devices_.limits() ? known.device() : std::nullopt;
  if (device) {
    reservations.reserve(devices_, keys_.ofDevice(*device), OnPass::clears);
  } else {
    reservations = admitGuess(email, address, known);
  }
  // Checked last: it counts the attempt in any case, so the other limits must have allowed it.
  LimitReservations login;
  login.reserve(logins_, keys_.ofAddress(address), OnPass::counts);
  login.settle(AttemptResult::passed);
  return reservations;
}

LimitReservations RateLimiter::admitPasswordChange(std::string_view email, std::string_view address,
                                                   const ClientRecognition& known) {
  LimitReservations reservations = admitGuess(email, address, known);
  reservations.reserve(passwordChanges_, keys_.ofAccount(email), LimitReservations::OnPass::counts);
  return reservations;
}

LimitReservations RateLimiter::admitRegistration(std::string_view address) {
  LimitReservations reservations;
  reservations.reserve(registrations_, keys_.ofAddress(address), LimitReservations::OnPass::counts);
  return reservations;
}

void RateLimiter::admitRefresh(std::string_view session) {
  LimitReservations reservations;
  reservations.reserve(refreshes_, keys_.of(session), LimitReservations::OnPass::counts);
  reservations.settle(AttemptResult::passed);
}

}  // namespace glitch_protocol::web
