// The configuration of an Engine. The defaults are those in the documentation.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "engine_hooks.h"
#include "secret.h"
#include "user_directory.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// What ends when a superseded refresh token is presented: all sessions of the user, or only the token's own session.
enum class ReuseScope { user, session };

struct EngineConfig {
  /// Signs access tokens and, through HKDF, refresh tokens. At least 32 bytes.
  Secret jwtSecret{};
  /// Accepted but not used to sign, so that tokens remain valid when `jwtSecret` changes.
  std::vector<Secret> previousJwtSecrets{};

  std::chrono::minutes accessTokenExpiryMinutes{15};  ///< 1 minute to 1 day
  std::chrono::days refreshTokenExpiryDays{30};       ///< 1 to 400 days
  int bcryptRounds = 10;                              ///< 10 to 15

  /// For how long after a rotation the superseded token is answered with the current one instead of counting as reuse.
  /// 0: never.
  std::chrono::seconds refreshReuseWindowSeconds{0};
  ReuseScope reuseScope = ReuseScope::user;

  std::chrono::days sessionAbsoluteDays{0};  ///< a session ends this long after sign-in; 0: never
  std::size_t maxSessionsPerUser = 100;      ///< beyond it the oldest session ends; 0: unlimited
  std::chrono::seconds activityDebounceSeconds{60};

  /// How long records of activity and failed sign-ins may wait to be written together.
  std::chrono::milliseconds recordingDelay{1000};
  /// Ended sessions and audit events are removed when they are older than this.
  std::chrono::days endedSessionRetentionDays{30};
  std::chrono::days auditRetentionDays{90};

  /// Where users are looked up. Empty: in the users table of the database. See user_directory.h for the alternatives.
  std::shared_ptr<UserDirectory> userDirectory{};

  /// Called when background work has failed; the work is tried again later. Runs on a background thread.
  std::function<void(std::string_view what)> onBackgroundError{};

  EngineHooks hooks{};
};

/// Which new passwords Accounts accepts (passwords/password_rules.h): rules on length and guessability, none on
/// composition (NIST SP 800-63B).
struct PasswordRules {
  std::size_t minLength = 8;  ///< in code points; 8 to 64
};

/// The range of a setting; both ends are allowed.
template <class Value>
struct Bounds {
  Value least;
  Value most;
};

/// The ranges that validate() and Accounts allow for the members of the same names in EngineConfig and PasswordRules.
namespace bounds {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

inline constexpr Bounds<minutes> accessTokenExpiryMinutes{minutes{1}, minutes{1440}};
inline constexpr Bounds<days> refreshTokenExpiryDays{days{1}, days{400}};
inline constexpr Bounds<int> bcryptRounds{10, 15};
inline constexpr Bounds<seconds> refreshReuseWindowSeconds{seconds{0}, seconds{300}};
inline constexpr Bounds<days> sessionAbsoluteDays{days{0}, days{3650}};
inline constexpr Bounds<std::size_t> minLength{8, 64};

}  // namespace bounds

/// Throws std::invalid_argument with a sentence that names the first setting that is out of range.
void validate(const EngineConfig&);

}  // namespace v1
}  // namespace glitch_protocol
