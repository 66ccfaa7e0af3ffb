// ASCII case and white space (RFC 9110 section 5.6), for HTTP fields and configuration alike.
#pragma once

#include <algorithm>
#include <string_view>

namespace glitch_protocol {

constexpr char toLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether both are the same but for the case of A to Z.
inline bool equalIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, toLower, toLower);
}

/// `text` without spaces and tabs at its ends.
inline std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace glitch_protocol
