// What becomes of a presented refresh token: the decision table of refresh-token rotation with reuse
// detection (RFC 9700 section 4.14.2), taken inside one write transaction.
//
//   presented                                            | answer
//   -----------------------------------------------------+--------------------------------------------------
//   lineage unknown, or counter ahead of the row         | refused: TOKEN_INVALID
//   lineage (or session) expired, whatever the counter   | expired: TOKEN_EXPIRED
//   session ended, by whatever cause                     | refused: a device that was signed out and wakes up
//                                                        |   must not sign out the others
//   counter is the row's, and refreshRotation says keep  | repeated: the same token again
//   counter is the row's                                 | rotated: counter + 1, expiry slides
//   one behind, rotated less than the window ago         | repeated: the current token again, counter unchanged
//   behind, otherwise                                    | reused: whoever calls ends the sessions
//
// A token whose MAC does not hold never gets here.
#pragma once

#include <string_view>

#include "engine/database_adapter.h"
#include "engine/engine_config.h"
#include "engine/tokens/refresh_token.h"
#include "engine/types.h"

namespace glitch_protocol {

enum class Verdict { refused, expired, rotated, repeated, reused };

/// The zero value is a refusal. `session` and `lineage` are filled for rotated, repeated and reused; they are
/// the rows as they stand after the decision.
struct Decision {
  Verdict verdict = Verdict::refused;
  std::string_view cause;  ///< for the log, when refused
  Session session;
  Lineage lineage;
};

/// Decides, and for `rotated` changes the rows. For every other verdict nothing is changed.
Decision decideRotation(Writer&, const RefreshTokenParts&, const EngineConfig&, TimePoint now);

/// When a token issued now for a session created at `createdAt` expires: the sliding end, but never past the
/// absolute.
TimePoint refreshExpiry(const EngineConfig&, TimePoint createdAt, TimePoint now);

}  // namespace glitch_protocol
