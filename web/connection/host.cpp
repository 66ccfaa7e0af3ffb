#include "web/connection/host.h"

#include <algorithm>

namespace glitch_protocol::web {
namespace {

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

bool isNameCharacter(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || isDigit(c) || std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos;
}

bool isBracketCharacter(char c) {
  return isNameCharacter(c) || c == ':';
}

bool isPort(std::string_view text) {
  return text.size() <= 5 && std::all_of(text.begin(), text.end(), isDigit);
}

}  // namespace

bool isHost(std::string_view text) {
  std::string_view name;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return false;
    name = text.substr(1, close - 1);
    if (!std::all_of(name.begin(), name.end(), isBracketCharacter)) return false;
    text.remove_prefix(close + 1);
  } else {
    name = text.substr(0, text.find(':'));
    if (!std::all_of(name.begin(), name.end(), isNameCharacter)) return false;
    text.remove_prefix(name.size());
  }
  if (name.empty()) return false;
  return text.empty() || (text.front() == ':' && isPort(text.substr(1)));
}

}  // namespace glitch_protocol::web
