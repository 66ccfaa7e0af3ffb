// Makes access tokens with a defect or with additional claims. The production code then answers them exactly
// as it would answer real ones.
#pragma once

#include <picojson.h>

#include <optional>
#include <string>
#include <string_view>

#include "engine/secret.h"
#include "engine/types.h"

namespace glitch_protocol::web {

enum class TokenFault {
  none,
  expired,         ///< `exp` has passed
  notYetValid,     ///< `nbf` lies an hour ahead
  wrongSignature,  ///< signed with another secret
  wrongAlgorithm,  ///< the header says HS512, the signature is HS256: for verifiers that trust the header
  noneAlgorithm,   ///< the header says none, and there is no signature
  malformed,       ///< the payload is not base64url
  endedSession,    ///< valid, but its session has ended
  unknownUser,     ///< valid, but its user and session do not exist
};

/// The fault with this name in the control plane: "not_yet_valid".
std::optional<TokenFault> tokenFaultNamed(std::string_view name);
/// A readable list of all names.
std::string tokenFaultNames();

struct TokenRecipe {
  AccessClaims claims;
  picojson::object extra;  ///< additional claims
  TokenFault fault = TokenFault::none;
};

/// Expired and not-yet-valid tokens are relative to `now`.
std::string forgeToken(const Secret& secret, const TokenRecipe&, TimePoint now);

}  // namespace glitch_protocol::web
