// Enforces the limits on how often something may be tried. State is kept in memory and lost
// when the process ends.
//
// An attempt reserves its place in the limit before it runs and is settled afterwards (tally.h), so the
// limits are exact however many attempts run at once.
//
// Password guesses are counted in one of three ways, so that strangers cannot lock an owner out:
//
//   a browser with a device cookie of the account   | by that cookie
//   an address from which the account has signed in | by account and address; by the account, unless that limit is reached
//   anyone else                                     | by account and address, and by the account
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

#include "engine/clock.h"
#include "engine/random.h"
#include "engine/tokens/device_token.h"
#include "web/api/api.h"
#include "web/api/rate_limit/limit_key.h"
#include "web/api/rate_limit/quota.h"

namespace glitch_protocol::web {

/// How an attempt ended. undecided: not known, as in an outage or after an error in another field. fruitless:
/// the password was checked and correct, but nothing was changed.
enum class AttemptResult { undecided, passed, failed, fruitless };

/// Whether the account named by a client recognises that client. Each function is called only when the result
/// matters, since it may read the database; its exceptions propagate.
struct ClientRecognition {
  std::function<std::optional<DeviceId>()> device;  ///< the device of the client, if the account knows it
  std::function<bool()> address;                    ///< whether the account knows the client address
};

/// The reservations of one attempt, released unless it is settled. Must not outlive the RateLimiter. *One
/// thread at a time.*
class LimitReservations {
 public:
  /// No reservations: settle() does nothing.
  LimitReservations() = default;
  ~LimitReservations() { settle(AttemptResult::undecided); }
  LimitReservations(LimitReservations&&) noexcept;
  LimitReservations& operator=(LimitReservations&&) noexcept;

  /// True when this attempt reached a limit on wrong passwords. Further calls do nothing.
  bool settle(AttemptResult);

 private:
  friend class RateLimiter;

  /// The effect of an attempt that passed: it clears the failures before it, releases its reservation, or
  /// counts itself.
  enum class OnPass { clears, givesBack, counts };
  struct Reservation {
    Quota* quota = nullptr;
    LimitKey key;
    OnPass onPass = OnPass::givesBack;
  };

  /// Throws RateLimitedError when the limit is reached; nothing is then reserved.
  void reserve(Quota&, const LimitKey&, OnPass);
  /// As reserve(), but returns the time to wait instead of throwing.
  Quota::Refusal tryReserve(Quota&, const LimitKey&, OnPass);
  static bool settle(const Reservation&, AttemptResult);

  std::array<Reservation, 3> reservations_;
  std::size_t count_ = 0;
};

/// *Thread-safe.* Each function throws RateLimitedError (web/http/errors.h) when a limit is reached, and then
/// nothing is counted. `email` is as the client sent it, `address` is a client address
/// (web/http/client_address.h).
class RateLimiter {
 public:
  /// `clock` is borrowed; `random` is used only by the constructor.
  RateLimiter(const RateLimits&, RandomSource& random, Clock& clock);

  /// A login to any account, whether it exists or not, so that a refusal reveals nothing. When the limit on
  /// failures is off, every client is treated as a stranger, since known clients would have no count of their
  /// own.
  LimitReservations admitLogin(std::string_view email, std::string_view address, const ClientRecognition&);
  /// A password change by a signed-in user: wrong current passwords are counted together with logins, and
  /// each attempted change counts. `ClientRecognition::device` is not called.
  LimitReservations admitPasswordChange(std::string_view email, std::string_view address,
                                        const ClientRecognition&);
  /// A registration. It counts when it passes or when it fails because the e-mail is taken.
  LimitReservations admitRegistration(std::string_view address);
  /// A refresh of a session, identified by any unique bytes. Counts at once.
  void admitRefresh(std::string_view session);

 private:
  LimitReservations admitGuess(std::string_view email, std::string_view address, const ClientRecognition&);

  // constant after construction
  const LimitKeys keys_;
  // each locks itself
  Quota failures_;
  Quota devices_;  ///< separate from failures_, whose memory strangers can fill
  Quota account_;
  Quota passwordChanges_;
  Quota logins_;
  Quota registrations_;
  Quota refreshes_;
};

}  // namespace glitch_protocol::web
