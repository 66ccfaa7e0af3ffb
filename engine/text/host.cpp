// Checks hosts and ports character by character; the text in brackets is not parsed as an IPv6 address.
#include "engine/text/host.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "engine/text/ascii.h"

namespace glitch_protocol::inline v1 {
namespace {

constexpr std::array<bool, 256> nameTable = [] {
  std::array<bool, 256> table{};
  for (const char c :
       std::string_view("-._~!$&'()*+,;=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool isNameCharacter(char c) {
  return nameTable[static_cast<unsigned char>(c)];
}

bool isBracketCharacter(char c) {
  return isNameCharacter(c) || c == ':';
}

bool isPortOrEmpty(std::string_view text) {
  return text.empty() || parsePort(text);
}

}  // namespace

std::optional<std::uint16_t> parsePort(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  return error == std::errc{} && rest == end ? std::optional(port) : std::nullopt;
}

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
  return text.empty() || (text.front() == ':' && isPortOrEmpty(text.substr(1)));
}

}  // namespace glitch_protocol::inline v1
