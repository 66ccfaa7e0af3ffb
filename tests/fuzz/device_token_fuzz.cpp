// Feeds DeviceTokens::decode() with arbitrary text, and with arbitrary parts that it encoded itself.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "engine/text/encoding.h"
#include "engine/tokens/device_token.h"

namespace {

using namespace glitch_protocol;

const DeviceTokens tokens(Secret("a secret for fuzzing, of 32 bytes or more"),
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

  // Ids of any bytes, as long as there are any and not too many.
  DeviceTokenParts parts;
  std::copy_n(data, std::min(size, parts.device.bytes.size()), parts.device.bytes.begin());
  parts.issuedAt = TimePoint{std::chrono::milliseconds{static_cast<std::int64_t>(size) - 100}};
  parts.userId = UserId(input);
  const std::string token = tokens.encode(parts);
  const bool readable = size > 0 && size <= 256;
  expect(tokens.decode(token) == (readable ? std::optional(parts) : std::nullopt));

  // A changed character is noticed.
  if (size == 0) return 0;
  std::string changed = token;
  changed[data[0] % changed.size()] = static_cast<char>(data[size - 1]);
  expect(changed == token || !tokens.decode(changed));
  return 0;
}
