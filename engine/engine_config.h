// What an Engine can be told about itself. Every default is the documented one.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/secret.h"

namespace glitch_protocol {

class PasswordHasher;

/// What ends when a superseded refresh token is presented: every session of the user, or the token's own.
enum class ReuseScope { user, session };

/// What an accepted refresh token turns into: the next one, or itself. `keep` gives up noticing stolen
/// tokens; it is for development, where saved states of a browser shall live.
enum class RefreshRotation { rotate, keep };

/// `forTests` permits bcrypt costs from 4, which are quick to compute and quick to break.
enum class HashingStrength { production, forTests };

struct EngineConfig {
  /// Signs access tokens and, through HKDF, refresh tokens. At least 32 bytes.
  Secret jwtSecret;
  /// Accepted, never used to sign: lets tokens live on through a change of `jwtSecret`.
  std::vector<Secret> previousJwtSecrets;

  std::chrono::minutes accessTokenExpiryMinutes{15};  ///< 1 minute to 1 day
  std::chrono::days refreshTokenExpiryDays{30};       ///< 1 to 400 days
  int bcryptRounds = 10;                              ///< 10 to 15
  HashingStrength hashingStrength = HashingStrength::production;
  /// Hashes for several engines, at its own cost, which should be `bcryptRounds`. Empty: one of its own.
  std::shared_ptr<PasswordHasher> passwordHasher;

  /// How long the superseded token is answered with the current one instead of counting as reuse. 0: never.
  std::chrono::seconds refreshReuseWindowSeconds{0};
  ReuseScope reuseScope = ReuseScope::user;
  /// Asked at each refresh, inside its transaction: must be thread-safe and must not wait. Empty: rotate.
  std::function<RefreshRotation()> refreshRotation;

  std::chrono::days sessionAbsoluteDays{0};  ///< a session ends this long after sign-in; 0: never
  std::size_t maxSessionsPerUser = 100;      ///< past it the oldest ends; 0: unlimited
  std::chrono::seconds activityDebounceSeconds{60};

  /// How long activity and failed-login records may wait to be written together.
  std::chrono::milliseconds recordingDelay{1000};
  /// Ended sessions and audit events are purged when they are older than this.
  std::chrono::days endedSessionRetentionDays{30};
  std::chrono::days auditRetentionDays{90};

  /// Told when work in the background failed; it will be tried again. Called on a background thread.
  std::function<void(std::string_view what)> onBackgroundError;
};

/// Which new passwords Accounts accepts (passwords/password_rules.h). Guessability only; no rules of composition
/// (NIST SP 800-63B).
struct PasswordRules {
  std::size_t minLength = 8;  ///< in code points; 8 to 64
};

/// Throws std::invalid_argument with a sentence naming the first fault.
void validate(const EngineConfig&);

}  // namespace glitch_protocol
