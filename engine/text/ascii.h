// Functions on ASCII text: case, white space (RFC 9110 section 5.6), digits and control characters.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace glitch_protocol::inline v1 {

constexpr char toLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether both are equal, ignoring the case of A to Z.
inline bool equalIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, toLower, toLower);
}

/// `text` without leading and trailing spaces and tabs.
inline std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

constexpr bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

/// The value of a hexadecimal digit in either case; -1 for any other character.
constexpr int hexValue(char c) {
  if (isDigit(c)) return c - '0';
  const char lower = toLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Whether `c` is a C0 control or DEL.
constexpr bool isControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// Whether any byte is a C0 control or DEL. Checks eight bytes at a time (S. E. Anderson, "Bit Twiddling Hacks":
/// hasless, haszero).
inline bool hasControl(std::string_view text) {
  constexpr std::uint64_t everyByte = 0x0101010101010101;
  constexpr std::uint64_t highBits = everyByte * 0x80;
  std::uint64_t found = 0;
  for (; text.size() >= sizeof found; text.remove_prefix(sizeof found)) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data(), sizeof bytes);
    const std::uint64_t withoutDel = bytes ^ (everyByte * 0x7f);
    found |= (bytes - everyByte * 0x20) & ~bytes & highBits;
    found |= (withoutDel - everyByte) & ~withoutDel & highBits;
  }
  return found != 0 || std::ranges::any_of(text, isControl);
}

/// Whether no byte is outside of ASCII.
inline bool isAscii(std::string_view text) {
  constexpr std::uint64_t highBits = 0x8080808080808080;
  std::uint64_t found = 0;
  for (; text.size() >= sizeof found; text.remove_prefix(sizeof found)) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data(), sizeof bytes);
    found |= bytes & highBits;
  }
  return found == 0 &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace glitch_protocol::inline v1
