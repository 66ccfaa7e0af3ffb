// Fuzzes RefreshTokens::decode() with arbitrary text, and with arbitrary parts that were encoded before.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/tokens/refresh_token.h"
#include "tests/fuzz/signed_tokens.h"

namespace {

using namespace glitch_protocol;

const RefreshTokens tokens(Secret("a secret for fuzzing, of 32 bytes or more"),
                           {Secret("an older secret for fuzzing, also long enough")});

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);

  fuzzing::expectRefusal(tokens, input);

  RefreshTokenParts parts;
  std::copy_n(data, std::min(size, parts.lineageId.bytes.size()), parts.lineageId.bytes.begin());
  parts.counter = size;
  const std::string token = tokens.encode(parts);
  fuzzing::expect(tokens.decode(token) == parts);

  fuzzing::expectChangeNoticed(tokens, token, data, size);
  return 0;
}
