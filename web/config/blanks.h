#pragma once

#include <cstddef>
#include <string_view>

namespace glitch_protocol::web {

/// `text` without the blanks and tabs at both ends.
inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace glitch_protocol::web
