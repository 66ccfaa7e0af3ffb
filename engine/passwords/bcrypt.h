// Computes bcrypt hashes with libxcrypt's crypt_rn, with strict checks of its input and output. All functions are
// thread-safe. They block for as long as bcrypt takes; password_hasher.h runs them on separate threads.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/random.h"

namespace glitch_protocol::inline v1 {

/// bcrypt ignores all further bytes, so longer passwords are refused.
inline constexpr std::size_t maxBcryptPasswordBytes = 72;
/// The supported costs. Each step doubles the work; 4 is for tests.
inline constexpr int minBcryptCost = 4;
inline constexpr int maxBcryptCost = 15;

/// Whether bcrypt uses every byte of this password: at most 72 bytes and no NUL.
bool isBcryptPassword(std::string_view password);

/// Returns a new `$2b$` hash (60 characters) with a random salt. Throws std::invalid_argument for a cost out of
/// range or a password that isBcryptPassword() refuses, and std::runtime_error when the random source or
/// libxcrypt fails.
std::string bcryptHash(std::string_view password, int cost, RandomSource& random);

/// Whether `storedHash` is a hash of `password`. A hash is well-formed if it starts with `$2a$`, `$2b$` or
/// `$2y$`, is 60 characters long and has a cost from 4 to 15. For any other text, including `*0` and "", and for
/// a password that isBcryptPassword() refuses, the result is false at once, without any hashing. The 22nd
/// character of the salt has only two significant bits; a hash from another program that sets the other bits
/// still matches. Throws std::runtime_error when libxcrypt fails on a well-formed hash (out of memory), so that
/// an outage never looks like a wrong password.
bool bcryptCompare(std::string_view password, std::string_view storedHash);

/// The cost of a well-formed hash; nothing for any other text.
std::optional<int> bcryptCost(std::string_view storedHash);

}  // namespace glitch_protocol::inline v1
