// Tests of HMAC-SHA-256 and HKDF-SHA-256.
#include "engine/tokens/hmac.h"

#include <string>
#include <thread>
#include <vector>

#include "tests/catch.h"

namespace glitch_protocol {
namespace {

std::string fromHex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::string sign(const std::string& key, const std::string& message) {
  return std::string(bytesOf(HmacKey(Secret(key)).sign(message)));
}

}  // namespace

TEST_CASE("HMAC-SHA-256 matches the test vectors of RFC 4231") {
  struct Row {
    std::string key, message, mac;
  };
  const std::vector<Row> rows = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {fromHex("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The key needs "
       "to be "
       "hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.mac);
    CHECK(sign(row.key, row.message) == fromHex(row.mac));
  }
}

TEST_CASE("HMAC-SHA-256 accepts an empty key and an empty message") {
  CHECK(sign("", "") == fromHex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"));
}

TEST_CASE("HKDF-SHA-256 matches the first 32 bytes of test case 3 of RFC 5869") {
  const Secret inputKey(std::string(22, '\x0b'));
  CHECK(hkdfSha256(inputKey, "").view() ==
        fromHex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"));
}

TEST_CASE("keys derived for different purposes differ") {
  const Secret inputKey("one secret for everything");
  CHECK(hkdfSha256(inputKey, "a").view() != hkdfSha256(inputKey, "b").view());
  CHECK(hkdfSha256(inputKey, "a").view() == hkdfSha256(inputKey, "a").view());
  CHECK(hkdfSha256(inputKey, "a").size() == 32);
}

TEST_CASE("a MAC with any change is refused") {
  const HmacKey key(Secret("key"));
  const std::string mac(bytesOf(key.sign("message")));
  CHECK(key.verify("message", mac));
  CHECK_FALSE(key.verify("massage", mac));
  CHECK_FALSE(HmacKey(Secret("kay")).verify("message", mac));
  CHECK_FALSE(key.verify("message", ""));
  CHECK_FALSE(key.verify("message", mac.substr(0, 31)));
  CHECK_FALSE(key.verify("message", mac + '\0'));
  for (std::size_t bit = 0; bit < mac.size() * 8; ++bit) {
    CAPTURE(bit);
    std::string flipped = mac;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    REQUIRE_FALSE(key.verify("message", flipped));
  }
}

TEST_CASE("threads can share a key, and a thread can use several keys") {
  const HmacKey first(Secret("first"));
  const HmacKey second(Secret("second"));
  const Mac expectedFirst = first.sign("message");
  const Mac expectedSecond = second.sign("message");
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        if (first.sign("message") != expectedFirst || second.sign("message") != expectedSecond) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4, 0));
}

}  // namespace glitch_protocol
