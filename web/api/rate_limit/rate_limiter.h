// How often what may be tried: the limits of http-api.md, in memory, forgotten when the process ends.
//
// What is counted takes its place before it is tried and is settled afterwards (tally.h), so the limits are
// exact however many attempts run at once.
//
// Who guesses at a password is counted in one of three ways, so that strangers cannot lock an owner out:
//
//   a browser with a device cookie of the account   | by that cookie
//   an address from which the account has signed in | by account and address; by the account, while there is room
//   anybody else                                    | by account and address, and by the account
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

#include "engine/clock.h"
#include "engine/random.h"
#include "engine/tokens/device_token.h"
#include "web/api/rate_limit/limit_key.h"
#include "web/api/rate_limit/quota.h"
#include "web/api/rate_limit/rate_limits.h"

namespace glitch_protocol::web {

/// What became of an attempt. undecided: neither, as in an outage or with a fault in another field. fruitless:
/// the work was done and nobody guessed wrong, but nothing came of it.
enum class Verdict { undecided, passed, failed, fruitless };

/// What the account that a client names knows about it. Each is asked only when the answer matters, since it may
/// read the database; what it throws passes through.
struct Acquaintance {
  std::function<std::optional<DeviceId>()> device;  ///< the client's browser, if the account knows it
  std::function<bool()> address;                    ///< whether the account knows the client's address
};

/// The places that one attempt took, given back unless it is settled. Must not outlive the RateLimiter. *One
/// thread at a time.*
class LimitedPlaces {
 public:
  /// No places: settling does nothing.
  LimitedPlaces() = default;
  ~LimitedPlaces() { settle(Verdict::undecided); }
  LimitedPlaces(LimitedPlaces&&) noexcept;
  LimitedPlaces& operator=(LimitedPlaces&&) noexcept;

  /// True when a limit on wrong passwords was reached by this one. Further calls do nothing.
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
  /// The same, but returns how long to wait.
  Quota::Refusal tryTake(Quota&, const LimitKey&, OnPass);
  static bool settle(const Place&, Verdict);

  std::array<Place, 3> places_;
  std::size_t taken_ = 0;
};

/// *Thread-safe.* Each of these throws RateLimitedError (web/http/errors.h), and then nothing was counted. `email`
/// is as the client spelled it, `address` a client's (web/http/client_address.h).
class RateLimiter {
 public:
  /// `clock` is borrowed; `random` is used here only.
  RateLimiter(const RateLimits&, RandomSource& random, Clock& clock);

  /// A login of whatever account, existing or not: who is refused learns nothing. With the limit on failures
  /// off nobody is told apart from strangers, for there would be no count of their own.
  LimitedPlaces admitLogin(std::string_view email, std::string_view address, const Acquaintance&);
  /// A change of the password of someone who is signed in: wrong current passwords share their count with the
  /// logins, and each change tried counts. `Acquaintance::device` is not asked.
  LimitedPlaces admitPasswordChange(std::string_view email, std::string_view address, const Acquaintance&);
  /// A registration, which counts when it passes or fails (the e-mail is taken).
  LimitedPlaces admitRegistration(std::string_view address);
  /// A refresh of a session, named by any bytes of its own. Counts at once.
  void admitRefresh(std::string_view session);

 private:
  LimitedPlaces admitGuess(std::string_view email, std::string_view address, const Acquaintance&);

  // constant after construction
  const LimitKeys keys_;
  // each locks itself
  Quota failures_;
  Quota devices_;  ///< apart from failures_, whose memory strangers may fill
  Quota account_;
  Quota passwordChanges_;
  Quota logins_;
  Quota registrations_;
  Quota refreshes_;
};

}  // namespace glitch_protocol::web
