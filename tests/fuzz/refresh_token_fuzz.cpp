// Feeds RefreshTokens::decode() with arbitrary text, and with arbitrary parts that it encoded itself.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "engine/text/encoding.h"
#include "engine/tokens/refresh_token.h"

namespace {

using namespace glitch_protocol;

const RefreshTokens tokens(Secret("a secret for fuzzing, of 32 bytes or more"),
                           {Secret("an older secret for fuzzing, also long enough")});

void expect(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);

  // Nobody guesses a MAC, neither as text nor as bytes.
  expect(!tokens.decode(input).has_value());
  expect(!tokens.decode(base64urlEncode(input)).has_value());

  // One spelling for each sequence of bytes.
  const std::optional<std::string> bytes = base64urlDecode(input);
  expect(!bytes || base64urlEncode(*bytes) == input);
  expect(base64urlDecode(base64urlEncode(input)) == input);

  RefreshTokenParts parts;
  std::copy_n(data, std::min(size, parts.lineageId.bytes.size()), parts.lineageId.bytes.begin());
  parts.counter = size;
  const std::string token = tokens.encode(parts);
  expect(tokens.decode(token) == parts);

  // A changed character is noticed.
  if (size == 0) return 0;
  std::string changed = token;
  changed[data[0] % changed.size()] = static_cast<char>(data[size - 1]);
  expect(changed == token || !tokens.decode(changed));
  return 0;
}
