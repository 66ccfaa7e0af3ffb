// Encodes and decodes refresh tokens: a lineage, a counter and a MAC. Whether a token is accepted is decided in
// sessions/rotation.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/secret.h"
#include "engine/tokens/hmac.h"
#include "engine/types.h"

namespace glitch_protocol::inline v1 {

/// The content of a refresh token: its lineage, and its position in it.
struct RefreshTokenParts {
  LineageId lineageId;
  std::uint64_t counter = 0;

  bool operator==(const RefreshTokenParts&) const = default;
};

/// Encodes and decodes refresh tokens: base64url(0x01 || lineage id || counter, big endian || HMAC-SHA-256 of all
/// preceding bytes), 57 bytes in 76 characters. *Immutable.* *Thread-safe.*
class RefreshTokens {
 public:
  /// The key of the MAC is HKDF-SHA-256(secret, info "refresh-token v1"), so refresh tokens and access tokens cannot be
  /// used in place of each other. New tokens use `current`; tokens of `previous` are accepted too.
  explicit RefreshTokens(const Secret& current, const std::vector<Secret>& previous = {});

  std::string encode(const RefreshTokenParts& parts) const;

  /// Returns the parts of a token that encode() made with one of the secrets; nothing for any other text.
  std::optional<RefreshTokenParts> decode(std::string_view raw) const;

 private:
  // constant after construction
  std::vector<HmacKey> keys_;  ///< the current key first
};

}  // namespace glitch_protocol::inline v1
