// Access tokens: JSON Web Tokens (RFC 7519, HS256), which any JWT library can verify with the same secret.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "engine/secret.h"
#include "engine/tokens/hmac.h"
#include "engine/tokens/verified_tokens.h"
#include "engine/types.h"

namespace glitch_protocol::inline v1 {

/// How far in the future a token's `iat` and `nbf` may be.
inline constexpr std::chrono::seconds clockTolerance{60};

/// Signs and verifies access tokens. *Thread-safe.*
class AccessTokens {
 public:
  /// Tokens are signed with `current`, and accepted when signed with it or with one of `previous`. The secrets are used
  /// as HMAC keys; the caller ensures that each has at least 32 bytes (RFC 7518, 3.2).
  explicit AccessTokens(const Secret& current, const std::vector<Secret>& previous = {});

  /// Returns the token for these claims, with `issuedAt` and `expiresAt` rounded down to whole seconds. verify()
  /// accepts it until it expires. Throws std::invalid_argument for claims that verify() would not accept: an id
  /// that is empty or not UTF-8, ids too long for a token of 4 KiB, times before 1970 or after 9999.
  std::string sign(const AccessClaims& claims) const;

  /// Returns the claims of a token that was signed with one of the secrets, has the accepted form
  /// (access_token.cpp) and has not expired at `now`. Throws TokenError: TOKEN_EXPIRED if the token is valid but
  /// has expired, otherwise TOKEN_INVALID.
  AccessClaims verify(std::string_view token, TimePoint now) const;
  /// The same without an exception for a token that is refused.
  Result<AccessClaims> check(std::string_view token, TimePoint now) const;

 private:
  Result<JwtPayload> readSigned(std::string_view token) const;
  bool isSigned(std::string_view message, std::string_view mac) const;

  // constant after construction
  std::vector<HmacKey> keys_;  ///< the current key first

  // locks itself
  mutable VerifiedTokens verified_;
};

}  // namespace glitch_protocol::inline v1
