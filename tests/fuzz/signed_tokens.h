// Checks for every kind of signed token, for the fuzz targets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "engine/text/encoding.h"

namespace glitch_protocol::fuzzing {

inline void expect(bool condition) {
  if (!condition) std::abort();
}

/// A MAC cannot be guessed, neither as text nor as bytes, and each sequence of bytes has one encoding.
template <class Tokens>
void expectRefusal(const Tokens& tokens, const std::string& input) {
  expect(!tokens.decode(input).has_value());
  expect(!tokens.decode(base64urlEncode(input)).has_value());
  const std::optional<std::string> bytes = base64urlDecode(input);
  expect(!bytes || base64urlEncode(*bytes) == input);
  expect(base64urlDecode(base64urlEncode(input)) == input);
}

/// A changed character is detected; the input determines which one and its replacement.
template <class Tokens>
void expectChangeNoticed(const Tokens& tokens, const std::string& token, const std::uint8_t* data,
                         std::size_t size) {
  if (size == 0) return;
  std::string changed = token;
  changed[data[0] % changed.size()] = static_cast<char>(data[size - 1]);
  expect(changed == token || !tokens.decode(changed));
}

}  // namespace glitch_protocol::fuzzing
