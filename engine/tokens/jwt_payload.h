// The payload of an access token, read strictly. Called only for payloads whose MAC was right.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glitch_protocol {

/// The claims that this program knows, as far as they were present. Times are seconds since 1970
/// (NumericDate).
struct JwtPayload {
  std::optional<std::string> sub;
  std::optional<std::string> sessionId;
  std::optional<std::int64_t> iat;
  std::optional<std::int64_t> exp;
  std::optional<std::int64_t> nbf;
};

/// The latest time that a claim may name: 9999-12-31T23:59:59Z.
inline constexpr std::int64_t maxNumericDate = 253402300799;

/// The claims of `json`, or nothing unless it is one JSON object (RFC 8259) in well-formed UTF-8, without a
/// repeated claim, at most 16 levels deep, whose known claims have the right type: strings for `sub` and
/// `sessionId`, integers from 0 to maxNumericDate, written without sign, fraction or exponent, for the times.
/// Unknown claims are skipped.
std::optional<JwtPayload> parseJwtPayload(std::string_view json);

/// `text` as a JSON string, quotes included. `text` must be well-formed UTF-8.
std::string toJsonString(std::string_view text);

}  // namespace glitch_protocol
