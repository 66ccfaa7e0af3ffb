// Refresh tokens as text. What a token is worth is decided in the engine (design: a lineage, a counter and a
// MAC).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/secret.h"
#include "engine/tokens/hmac.h"
#include "engine/types.h"

namespace glitch_protocol {

/// What a refresh token says: which lineage it continues, and at which step.
struct RefreshTokenParts {
  LineageId lineageId;
  std::uint64_t counter = 0;

  bool operator==(const RefreshTokenParts&) const = default;
};

/// Writes and reads refresh tokens: base64url(0x01 || lineage id || counter, big endian || HMAC-SHA-256 of
/// all before), 57 bytes in 76 characters. *Immutable.* *Thread-safe.*
class RefreshTokens {
 public:
  /// The MAC's key is HKDF-SHA-256(secret, info "refresh-token v1"), so a refresh token is no access token
  /// nor the other way round. New tokens use `current`; those of `previous` are still read.
  explicit RefreshTokens(const Secret& current, const std::vector<Secret>& previous = {});

  std::string encode(const RefreshTokenParts& parts) const;

  /// The parts of a token that encode() made under one of the secrets; nothing for anything else.
  std::optional<RefreshTokenParts> decode(std::string_view raw) const;

 private:
  // constant after construction
  std::vector<HmacKey> keys_;  ///< the current one first
};

}  // namespace glitch_protocol
