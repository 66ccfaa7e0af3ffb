// The port for random numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// A source of cryptographically secure random bytes. *Thread-safe.*
class RandomSource {
 public:
  virtual ~RandomSource() = default;

  /// Fills all of `bytes`, or throws std::runtime_error; then `bytes` must not be used.
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

/// OpenSSL's private generator. Valid until the process ends.
RandomSource& systemRandom();

/// Returns 22 characters of base64url that begin with a letter: 127 random bits, for the ids of users, sessions and
/// streams. Throws as fill() does.
std::string randomId(RandomSource& random);

/// Returns 64 random bits. Throws as fill() does.
std::uint64_t randomNumber(RandomSource& random);

}  // namespace v1
}  // namespace glitch_protocol
