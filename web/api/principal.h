// The authenticated caller of a route: what handlers receive instead of raw credentials.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "engine/engine.h"
#include "engine/types.h"

namespace glitch_protocol::web {

/// The credential that authenticated the caller.
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
  TimePoint provenAt{};  ///< when that credential was issued
};

/// A caller with an access token, and the profile from the cache entry of the session.
struct SignedIn : Principal {
  std::string email;
  std::optional<std::string> name;
  TimePoint userCreatedAt{};
};

/// A refresh token whose MAC has been checked; whether it is still valid, the engine decides when the handler passes it
/// on.
struct PresentedToken {
  Proof proof = Proof::refreshCookie;
  std::optional<CheckedRefreshToken> token;  ///< nothing when this server did not make it
};

/// A caller who signs out: with an access token, which may belong to an ended session, or with a refresh
/// token.
using SigningOut = std::variant<Principal, PresentedToken>;

}  // namespace glitch_protocol::web
