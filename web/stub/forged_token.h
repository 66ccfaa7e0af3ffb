// Access tokens with something wrong or something extra about them. What production code says to each is what
// a real one of that kind would hear: nothing but the token differs.
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
  wrongAlgorithm,  ///< the header says HS512, the signature is HS256's: for verifiers that believe the header
  noneAlgorithm,   ///< the header says none, and there is no signature
  malformed,       ///< its middle is no base64url
  endedSession,    ///< right in itself; its session has ended
  unknownUser,     ///< right in itself; nobody knows its user and session
};

/// As the control plane spells them: "not_yet_valid".
std::optional<TokenFault> tokenFaultNamed(std::string_view name);
/// All of the names, for people.
std::string tokenFaultNames();

struct TokenRecipe {
  AccessClaims claims;
  picojson::object extra;  ///< further claims
  TokenFault fault = TokenFault::none;
};

/// `now` is what an expired or not yet valid token goes by.
std::string forgeToken(const Secret& secret, const TokenRecipe&, TimePoint now);

}  // namespace glitch_protocol::web
