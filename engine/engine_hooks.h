// Changes to an engine's behaviour that only servers for development and tests make.
#pragma once

#include <functional>
#include <memory>

#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

class PasswordHasher;

/// What an accepted refresh token is exchanged for: the next one, or the same one. With `keep`, stolen tokens are not
/// detected; it is for development, where saved browser states must remain usable.
enum class RefreshRotation { rotate, keep };

/// `forTests` allows bcrypt costs from 4 on, which are fast to compute and fast to break.
enum class HashingStrength { production, forTests };

/// The defaults are those of a production server.
struct EngineHooks {
  HashingStrength hashingStrength = HashingStrength::production;
  /// A hasher that several engines share. It uses its own cost, which should equal `bcryptRounds`. Empty: the engine
  /// creates a hasher of its own.
  std::shared_ptr<PasswordHasher> passwordHasher{};
  /// Called at each refresh, inside its transaction: must be thread-safe and must not block. Empty: rotate.
  std::function<RefreshRotation()> refreshRotation{};
};

}  // namespace v1
}  // namespace glitch_protocol
