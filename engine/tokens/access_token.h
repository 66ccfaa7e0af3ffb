// Access tokens: JSON Web Tokens that any library with the same secret can verify (RFC 7519, HS256).
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "engine/secret.h"
#include "engine/tokens/hmac.h"
#include "engine/tokens/verified_tokens.h"
#include "engine/types.h"

namespace glitch_protocol {

/// How far ahead of the clock a token may claim to have been issued.
inline constexpr std::chrono::seconds clockTolerance{60};

/// Signs and verifies access tokens. *Thread-safe.*
class AccessTokens {
 public:
  /// Tokens are signed with `current`, and accepted when signed with it or with one of `previous`.
  /// The secrets are the HMAC keys themselves, at least 32 bytes each (RFC 7518, 3.2): the caller checks
  /// that.
  explicit AccessTokens(const Secret& current, const std::vector<Secret>& previous = {});

  /// The token for these claims; `issuedAt` and `expiresAt` are rounded down to whole seconds. verify()
  /// accepts what sign() returns until it expires. Throws std::invalid_argument for claims of which that
  /// would not be true: an empty id, one that is not UTF-8, ids too long for a token of 4 KiB, times before
  /// 1970 or after 9999.
  std::string sign(const AccessClaims& claims) const;

  /// The claims of a token that one of the secrets signed, that is of the one accepted form
  /// (access_token.cpp) and that has not expired at `now`. Throws TokenError: TOKEN_EXPIRED when only its
  /// time is over, else TOKEN_INVALID.
  AccessClaims verify(std::string_view token, TimePoint now) const;

 private:
  JwtPayload readSigned(std::string_view token) const;
  bool isSigned(std::string_view message, std::string_view mac) const;

  // constant after construction
  std::vector<HmacKey> keys_;  ///< the current one first

  // locks itself
  mutable VerifiedTokens verified_;
};

}  // namespace glitch_protocol
