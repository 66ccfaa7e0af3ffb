// bcrypt through libxcrypt's crypt_rn, with every way it can fail or surprise closed off. All functions are
// thread-safe and take as long as bcrypt does: password_hasher.h decides where they run.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/random.h"

namespace glitch_protocol {

/// bcrypt looks at no more bytes than these, so longer passwords are refused rather than cut.
inline constexpr std::size_t maxBcryptPasswordBytes = 72;
/// The range of costs computed here. One more doubles the work; 4 is for tests.
inline constexpr int minBcryptCost = 4;
inline constexpr int maxBcryptCost = 15;

/// Whether bcrypt can tell this password from every other: at most 72 bytes and no NUL.
bool isBcryptPassword(std::string_view password);

/// A new `$2b$` hash (60 characters) with a fresh salt. Throws std::invalid_argument for a cost out of range
/// or a password that isBcryptPassword() refuses, std::runtime_error when the random source or libxcrypt
/// fails.
std::string bcryptHash(std::string_view password, int cost, RandomSource& random);

/// Whether `storedHash` is a hash of `password`. Hashes are well-formed when they start with `$2a$`, `$2b$`
/// or `$2y$`, are 60 characters long and of a cost from 4 to 15; anything else, `*0` and the empty string
/// included, is a hash of nothing and false at once, without any work. So is a password that
/// isBcryptPassword() refuses. The 22nd character of a salt carries two bits only; imported hashes that spell
/// them unusually still match. Throws std::runtime_error when libxcrypt fails on a well-formed hash (out of
/// memory): an outage is no verdict.
bool bcryptCompare(std::string_view password, std::string_view storedHash);

/// The cost of a well-formed hash; nothing for anything else.
std::optional<int> bcryptCost(std::string_view storedHash);

}  // namespace glitch_protocol
