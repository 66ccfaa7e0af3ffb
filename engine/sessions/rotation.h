// The decision table of refresh-token rotation with reuse detection (RFC 9700 section 4.14.2). The decision is made
// inside one write transaction; the first row that matches applies.
//
//   presented token                                      | verdict
//   -----------------------------------------------------+---------------------------------------------------
//   lineage unknown, or counter greater than stored      | refused: TOKEN_INVALID
//   lineage (or session) expired, any counter            | expired: TOKEN_EXPIRED
//   session ended, for any reason                        | refused: a signed-out device that comes back
//                                                        |   must not sign out the others
//   counter as stored, and refreshRotation returns keep  | repeated: the same token again
//   counter as stored                                    | rotated: counter + 1, new expiry
//   counter one less, and rotated within the window      | repeated: the current token again, counter unchanged
//   counter less than stored, otherwise                  | reused: the caller ends the sessions
//
// A token with an invalid MAC is refused before this.
#pragma once

#include <string_view>

#include "engine/database_adapter.h"
#include "engine/engine_config.h"
#include "engine/tokens/refresh_token.h"
#include "engine/types.h"

namespace glitch_protocol::inline v1 {

enum class Verdict { refused, expired, rotated, repeated, reused };

/// A verdict and the rows that it is about. The default is a refusal. `session` and `lineage` are set for rotated,
/// repeated and reused; they are the rows as they are after the decision.
struct Decision {
  Verdict verdict = Verdict::refused;
  std::string_view cause;  ///< for the log; set for refused
  Session session;
  Lineage lineage;
};

/// Decides about the presented token. Changes the rows if the verdict is `rotated`, and nothing otherwise.
Decision decideRotation(Writer&, const RefreshTokenParts&, const EngineConfig&, TimePoint now);

/// When a refresh token expires that is issued now in a session created at `createdAt`: refreshTokenExpiryDays
/// from now, but never after the absolute expiry of the session.
TimePoint refreshExpiry(const EngineConfig&, TimePoint createdAt, TimePoint now);

}  // namespace glitch_protocol::inline v1
