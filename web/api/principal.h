// Who calls a route, as admission has proved it: what a handler is given in place of raw credentials.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "engine/engine.h"
#include "engine/types.h"

namespace glitch_protocol::web {

/// By what a caller proved who it is.
enum class Proof {
  accessToken,
  refreshToken,   ///< in the body
  refreshCookie,  ///< from an allowed origin
};

/// The caller of a route that needs a live session.
struct Principal {
  UserId userId;
  SessionId sessionId;
  Proof proof = Proof::accessToken;
  TimePoint provenAt{};  ///< when the proof was issued
};

/// A caller with an access token, and the profile that the session's cache entry carries.
struct SignedIn : Principal {
  std::string email;
  std::optional<std::string> name;
  TimePoint userCreatedAt{};
};

/// A refresh token that has not been used yet: whether it is accepted, the engine decides in the handler's call.
struct PresentedToken {
  Proof proof = Proof::refreshCookie;
  std::optional<CheckedRefreshToken> token;  ///< nothing when this server did not make it
};

/// Who signs out: by an access token, even of an ended session, or by a refresh token.
using SigningOut = std::variant<Principal, PresentedToken>;

}  // namespace glitch_protocol::web
