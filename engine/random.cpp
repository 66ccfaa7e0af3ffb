// Random numbers from OpenSSL, and ids made of them.
#include "engine/random.h"

#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string_view>

#include "engine/text/encoding.h"

namespace glitch_protocol::inline v1 {

namespace {

class SystemRandom : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    if (bytes.size() > std::numeric_limits<int>::max())
      throw std::runtime_error("too many random bytes at once");
    // Both 0 and -1 mean failure, and either may leave the bytes unchanged.
    if (RAND_priv_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
      throw std::runtime_error("the random number generator failed");
    }
  }
};

}  // namespace

RandomSource& systemRandom() {
  static SystemRandom instance;
  return instance;
}

std::string randomId(RandomSource& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  bytes[0] &= 0x7f;  // so that no id begins with "-", which commands would read as an option
  return base64urlEncode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::uint64_t randomNumber(RandomSource& random) {
  std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
  random.fill(bytes);
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

}  // namespace glitch_protocol::inline v1
