// Parses the payload of an access token strictly. Used only for payloads with a valid MAC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glitch_protocol::inline v1 {

/// The claims that this program uses; those that are absent are empty. Times are seconds since 1970 (NumericDate).
struct JwtPayload {
  std::optional<std::string> sub;
  std::optional<std::string> sessionId;
  std::optional<std::int64_t> iat;
  std::optional<std::int64_t> exp;
  std::optional<std::int64_t> nbf;
};

/// The max time in a claim: 9999-12-31T23:59:59Z.
inline constexpr std::int64_t maxNumericDate = 253402300799;

/// Returns the claims of `json`. Returns nothing unless `json` is one JSON object (RFC 8259) in well-formed UTF-8
/// without repeated claims, at most 16 levels deep, whose known claims have the right type: strings for `sub` and
/// `sessionId`, and for the times integers from 0 to maxNumericDate without sign, fraction or exponent. Unknown
/// claims are skipped.
std::optional<JwtPayload> parseJwtPayload(std::string_view json);

/// Returns `text` as a JSON string with its quotes. `text` must be well-formed UTF-8.
std::string toJsonString(std::string_view text);

}  // namespace glitch_protocol::inline v1
