// How often what may be tried: the limits of http-api.md, in memory, forgotten when the process ends.
//
// What is counted takes its place before it is tried and is settled afterwards (tally.h), so the limits are
// exact however many attempts run at once.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "engine/clock.h"
#include "engine/random.h"
#include "web/rate_limit/limit_key.h"
#include "web/rate_limit/quota.h"
#include "web/rate_limit/rate_limits.h"

namespace glitch_protocol::web {

/// What became of an attempt. undecided: neither, as in an outage or with a fault in another field.
enum class Verdict { undecided, passed, failed };

/// The places that one attempt took, given back unless it is settled. Must not outlive the RateLimiter. *One
/// thread at a time.*
class LimitedPlaces {
 public:
  /// No places: settling does nothing.
  LimitedPlaces() = default;
  ~LimitedPlaces() { settle(Verdict::undecided); }
  LimitedPlaces(LimitedPlaces&&) noexcept;
  LimitedPlaces& operator=(LimitedPlaces&&) noexcept;

  /// True when a limit on failures was reached by this one. Further calls do nothing.
  bool settle(Verdict);

 private:
  friend class RateLimiter;

  /// What an attempt that passed does: forgets the failures before it, leaves them alone, or counts itself.
  enum class OnPass { clears, givesBack, counts };
  struct Place {
    Quota* quota = nullptr;
    LimitKey key;
    OnPass onPass = OnPass::givesBack;
  };

  /// Throws RateLimitedError when there is none; then nothing was taken.
  void take(Quota&, const LimitKey&, OnPass);
  static bool settle(const Place&, Verdict);

  std::array<Place, 2> places_;
  std::size_t taken_ = 0;
};

/// *Thread-safe.* Each of these throws RateLimitedError (web/errors.h), and then nothing was counted. `email`
/// is as the client spelled it, `address` a client's (web/client_address.h).
class RateLimiter {
 public:
  /// `clock` is borrowed; `random` is used here only.
  RateLimiter(const RateLimits&, RandomSource& random, Clock& clock);

  /// A login of whatever account, known or not. Asks no database: who is refused learns nothing.
  LimitedPlaces admitLogin(std::string_view email, std::string_view address);
  /// Another check of the password of someone who is signed in; shares its count with the logins.
  LimitedPlaces admitPasswordCheck(std::string_view email, std::string_view address);
  /// A registration, which counts when it passes or fails (the e-mail is taken).
  LimitedPlaces admitRegistration(std::string_view address);
  /// A refresh of a session, named by any bytes of its own. Counts at once.
  void admitRefresh(std::string_view session);

 private:
  // constant after construction
  const LimitKeys keys_;
  // each locks itself
  Quota failures_;
  Quota account_;
  Quota logins_;
  Quota registrations_;
  Quota refreshes_;
};

}  // namespace glitch_protocol::web
