// The claims of a token, and whether it is accepted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/engine.h"

namespace glitch_protocol::web {

enum class TokenKind { access, refresh };
std::string_view nameOf(TokenKind);

/// Members are empty if nothing is known. Claims of a token that this server did not sign are included, because they
/// may explain where it comes from.
struct InspectedToken {
  TokenKind kind = TokenKind::access;
  bool accepted = false;  ///< a request with this token would be accepted now
  std::string code;       ///< why not: the public code; `reason` is the private cause
  std::string reason;
  std::string sub;
  std::string sessionId;
  std::optional<TimePoint> issuedAt;
  std::optional<TimePoint> expiresAt;
  std::string session;  ///< "alive", "ended ... (reason)", "expired ...", "unknown"
};

/// Does not use the token up: a refresh token remains valid. Blanks around the token are ignored. The result does
/// not contain the token's signature. Throws StoreError.
InspectedToken inspect(Engine&, std::string_view token);

}  // namespace glitch_protocol::web
