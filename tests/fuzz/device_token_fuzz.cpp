// Fuzzes DeviceTokens::decode() with arbitrary text, and with arbitrary parts that were encoded before.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/tokens/device_token.h"
#include "tests/fuzz/signed_tokens.h"

namespace {

using namespace glitch_protocol;

const DeviceTokens tokens(Secret("a secret for fuzzing, of 32 bytes or more"),
                          {Secret("an older secret for fuzzing, also long enough")});

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);

  fuzzing::expectRefusal(tokens, input);

  // Ids of any bytes within the limits of length.
  DeviceTokenParts parts;
  std::copy_n(data, std::min(size, parts.device.bytes.size()), parts.device.bytes.begin());
  parts.issuedAt = TimePoint{std::chrono::milliseconds{static_cast<std::int64_t>(size) - 100}};
  parts.userId = UserId(input);
  const std::string token = tokens.encode(parts);
  const bool readable = size > 0 && size <= 256;
  fuzzing::expect(tokens.decode(token) == (readable ? std::optional(parts) : std::nullopt));

  fuzzing::expectChangeNoticed(tokens, token, data, size);
  return 0;
}
