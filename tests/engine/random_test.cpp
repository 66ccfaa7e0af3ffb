// Tests of random bytes and of the ids made of them.
#include "engine/random.h"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include "engine/text/encoding.h"
#include "tests/catch.h"

namespace glitch_protocol {
namespace {

class BrokenRandom : public RandomSource {
 public:
  void fill(std::span<std::uint8_t>) override { throw std::runtime_error("the generator failed"); }
};

class CountingRandom : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::uint8_t& byte : bytes) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

}  // namespace

TEST_CASE("the system's generator fills every byte") {
  // A byte that is never written is zero in all of 64 rounds; a random byte is with probability 2^-512.
  std::array<std::uint8_t, 100> seen{};
  for (int round = 0; round < 64; ++round) {
    std::array<std::uint8_t, 100> bytes{};
    systemRandom().fill(bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i) seen[i] = static_cast<std::uint8_t>(seen[i] | bytes[i]);
  }
  CHECK(std::none_of(seen.begin(), seen.end(), [](std::uint8_t byte) { return byte == 0; }));
}

TEST_CASE("a request for no bytes succeeds") {
  CHECK_NOTHROW(systemRandom().fill({}));
}

TEST_CASE("an id encodes 16 random bytes in 22 characters") {
  CountingRandom random;
  const std::string id = randomId(random);
  CHECK(id == "AAECAwQFBgcICQoLDA0ODw");
  CHECK(base64urlDecode(randomId(systemRandom())).value_or("").size() == 16);
}

TEST_CASE("ids do not repeat") {
  std::set<std::string> ids;
  for (int i = 0; i < 10000; ++i) ids.insert(randomId(systemRandom()));
  CHECK(ids.size() == 10000);
}

TEST_CASE("no id is returned when the generator fails") {
  BrokenRandom random;
  CHECK_THROWS_AS(randomId(random), std::runtime_error);
}

}  // namespace glitch_protocol
