// What a token says, and whether it is accepted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/engine.h"

namespace glitch_protocol::web {

enum class TokenKind { access, refresh };
std::string_view nameOf(TokenKind);

/// Empty where nothing is known. Claims of a token that was not signed here are shown too: they may explain
/// where it comes from.
struct InspectedToken {
  TokenKind kind = TokenKind::access;
  bool accepted = false;  ///< a request with this token would be let in now
  std::string code;       ///< why not: the public code, and the reason behind it
  std::string reason;
  std::string sub;
  std::string sessionId;
  std::optional<TimePoint> issuedAt;
  std::optional<TimePoint> expiresAt;
  std::string session;  ///< "alive", "ended ... (reason)", "expired ...", "unknown"
};

/// Uses nothing up: a refresh token is as good afterwards as before. Blanks around the token do not count.
/// What comes back holds nothing that signs. Throws StoreError.
InspectedToken inspect(Engine&, std::string_view token);

}  // namespace glitch_protocol::web
