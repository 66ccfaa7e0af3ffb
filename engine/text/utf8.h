// Validates, counts and appends UTF-8 (RFC 3629).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glitch_protocol::inline v1 {

/// True for well-formed UTF-8: shortest forms only, no surrogates, nothing above U+10FFFF. Empty text is
/// well-formed.
bool isUtf8(std::string_view text);

/// A code point and how many bytes it takes.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 1;
};

/// The first code point of `text`, which is not empty; nothing if it does not begin with a well-formed sequence.
std::optional<CodePoint> firstCodePoint(std::string_view text);

/// Whether a character could mislead a reader or control a terminal: controls, line and paragraph separators, invisible
/// and bidirectional format characters, the byte order mark, tags (Unicode categories Cc, Cf, Zl, Zp).
bool isUnsafe(std::uint32_t codePoint);

/// How many code points well-formed `text` has. In ill-formed text, counts the bytes that are not continuation bytes.
std::size_t countCodePoints(std::string_view text);

/// Appends a code point, which must be a Unicode scalar value (no surrogate, at most U+10FFFF).
void appendUtf8(std::string& text, std::uint32_t codePoint);

}  // namespace glitch_protocol::inline v1
