// What a server for development and tests changes about an engine. A production server leaves all of it alone.
#pragma once

#include <functional>
#include <memory>

namespace glitch_protocol {

class PasswordHasher;

/// What an accepted refresh token turns into: the next one, or itself. With `keep` stolen tokens go unnoticed; it is
/// for development, where the saved state of a browser is to stay usable.
enum class RefreshRotation { rotate, keep };

/// `forTests` permits bcrypt costs from 4, which are quick to compute and quick to break.
enum class HashingStrength { production, forTests };

/// The defaults are production's.
struct EngineHooks {
  HashingStrength hashingStrength = HashingStrength::production;
  /// Hashes for several engines, at its own cost, which should be `bcryptRounds`. Empty: the engine makes its own.
  std::shared_ptr<PasswordHasher> passwordHasher;
  /// Called at each refresh, inside its transaction: must be thread-safe and must not wait. Empty: rotate.
  std::function<RefreshRotation()> refreshRotation;
};

}  // namespace glitch_protocol
