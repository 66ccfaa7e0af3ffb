// base64url, and comparison of bytes in constant time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glitch_protocol::inline v1 {

/// Encodes as in RFC 4648 section 5, without padding.
std::string base64urlEncode(std::string_view bytes);

/// Returns the bytes that `text` encodes, or nothing if it is invalid. Each sequence of bytes has exactly one accepted
/// encoding: no padding, no white space, no characters of plain base64, and zeros in the unused bits of the last
/// character.
std::optional<std::string> base64urlDecode(std::string_view text);

/// Whether both contain the same bytes. The time depends only on the sizes.
bool equalBytes(std::string_view a, std::string_view b);

}  // namespace glitch_protocol::inline v1
