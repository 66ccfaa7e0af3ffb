// Splits the list of common passwords into words, for tests.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/passwords/common_passwords_data.h"

namespace glitch_protocol {

inline std::vector<std::string> listedPasswords() {
  std::vector<std::string> words;
  for (std::string_view row : commonPasswordRows) {
    while (!row.empty()) {
      const std::size_t end = std::min(row.find(' '), row.size());
      words.emplace_back(row.substr(0, end));
      row.remove_prefix(std::min(end + 1, row.size()));
    }
  }
  return words;
}

}  // namespace glitch_protocol
