// Bytes as text, and comparing bytes without telling how far they agree.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glitch_protocol {

/// RFC 4648 section 5, without padding.
std::string base64urlEncode(std::string_view bytes);

/// The bytes that `text` spells, or nothing. Each sequence of bytes has exactly one accepted spelling: no
/// padding, no white space, no characters of the other alphabet, and the unused bits of the last character
/// are zero.
std::optional<std::string> base64urlDecode(std::string_view text);

/// Whether both hold the same bytes. The time depends on the sizes alone.
bool equalBytes(std::string_view a, std::string_view b);

}  // namespace glitch_protocol
