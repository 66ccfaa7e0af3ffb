// Validates e-mail addresses without the rare forms of RFC 5321.
#include "engine/text/email.h"

#include <algorithm>

namespace glitch_protocol::inline v1 {

namespace {

constexpr std::size_t maxBytes = 254;
constexpr std::size_t maxLocalBytes = 64;

// White space, quotes and brackets are refused: the quoted forms of RFC 5321 are legal, but hardly used, and would make
// it easier to forge log entries.
bool isAllowed(char c) {
  constexpr std::string_view refused = "\"(),:;<>[\\]`";
  return c > ' ' && c < 0x7f && refused.find(c) == std::string_view::npos;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::optional<std::string> normalizeEmail(std::string_view email) {
  if (email.size() > maxBytes || !std::ranges::all_of(email, isAllowed)) return std::nullopt;
  const std::size_t at = email.find('@');
  if (at == std::string_view::npos || at == 0 || at > maxLocalBytes) return std::nullopt;
  const std::string_view domain = email.substr(at + 1);
  if (domain.empty() || domain.find('@') != std::string_view::npos) return std::nullopt;
  if (domain.front() == '.' || domain.back() == '.') return std::nullopt;
  std::string result{email};
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

}  // namespace glitch_protocol::inline v1
