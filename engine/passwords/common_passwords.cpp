// Looks a password up by binary search over the rows of the list.
#include "engine/passwords/common_passwords.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "engine/passwords/common_passwords_data.h"

namespace glitch_protocol::inline v1 {

namespace {

constexpr std::size_t minLength = 8;
constexpr std::size_t maxLength = 20;

std::string_view firstWord(std::string_view row) {
  return row.substr(0, row.find(' '));
}

bool rowContains(std::string_view row, std::string_view word) {
  while (!row.empty()) {
    const std::string_view candidate = firstWord(row);
    if (candidate == word) return true;
    row.remove_prefix(std::min(candidate.size() + 1, row.size()));
  }
  return false;
}

std::string lowerCase(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace

bool isCommonPassword(std::string_view password) {
  if (password.size() < minLength || password.size() > maxLength) return false;
  const std::string word = lowerCase(password);
  // Only the last row that does not begin after the word can contain it.
  const auto next =
      std::upper_bound(commonPasswordRows.begin(), commonPasswordRows.end(), std::string_view(word),
                       [](std::string_view wanted, std::string_view row) { return wanted < firstWord(row); });
  return next != commonPasswordRows.begin() && rowContains(*(next - 1), word);
}

}  // namespace glitch_protocol::inline v1
