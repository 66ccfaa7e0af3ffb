// The little that the engine needs to know about UTF-8 (RFC 3629).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace glitch_protocol {

/// True for well-formed UTF-8: shortest forms only, no surrogates, nothing above U+10FFFF. Empty text is
/// well-formed.
bool isUtf8(std::string_view text);

/// How many code points well-formed `text` has. In other text each byte that is no continuation counts as
/// one.
std::size_t countCodePoints(std::string_view text);

/// Appends a code point, which must be a Unicode scalar value (no surrogate, at most U+10FFFF).
void appendUtf8(std::string& text, std::uint32_t codePoint);

}  // namespace glitch_protocol
