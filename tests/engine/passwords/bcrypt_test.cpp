// Tests of hashing and comparing with bcrypt.
#include "engine/passwords/bcrypt.h"

#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.h"
#include "tests/support/fake_random.h"

namespace glitch_protocol {
namespace {

std::string cheapHash(const std::string& password) {
  return bcryptHash(password, minBcryptCost, systemRandom());
}

std::string with(std::string text, std::size_t at, const std::string& replacement) {
  return text.replace(at, replacement.size(), replacement);
}

}  // namespace

TEST_CASE("a hash matches its password and no other") {
  const std::string hash = cheapHash("correct horse");
  CHECK(bcryptCompare("correct horse", hash));
  CHECK_FALSE(bcryptCompare("correct horsf", hash));
  CHECK_FALSE(bcryptCompare("correct hors", hash));
  CHECK_FALSE(bcryptCompare("correct horse ", hash));
  CHECK_FALSE(bcryptCompare("Correct horse", hash));
  CHECK_FALSE(bcryptCompare("", hash));
}

TEST_CASE("published bcrypt vectors verify") {
  struct Row {
    std::string password, hash;
  };
  // From the self-test of Openwall's crypt_blowfish. For 0xff, $2a$ gives a different hash on purpose: see crypt(5).
  const std::vector<Row> rows = {
      {"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
      {"U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"},
      {"U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"},
      {"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"},
      {"\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"},
      {"\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"},
      {"\xff\xff\xa3", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.nqd1wy.pTMdcvrRWxyiGL2eMz.2a85."},
      {"\xff\xff\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"},
      {"\xff\xff\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"},
      {"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
       "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.hash);
    CHECK(bcryptCompare(row.password, row.hash));
  }
}

TEST_CASE("a new hash is $2b$ with the requested cost and a random salt") {
  std::set<std::string> salts;
  for (int i = 0; i < 50; ++i) {
    CAPTURE(i);
    const std::string hash = cheapHash("password");
    REQUIRE(hash.size() == 60);
    REQUIRE(hash.substr(0, 7) == "$2b$04$");
    salts.insert(hash.substr(7, 22));
  }
  CHECK(salts.size() == 50);
  CHECK(bcryptHash("password", 6, systemRandom()).substr(0, 7) == "$2b$06$");
}

TEST_CASE("all of 72 bytes are significant; 73 bytes are refused, never truncated") {
  const std::string longest(72, 'x');
  const std::string hash = cheapHash(longest);
  CHECK(bcryptCompare(longest, hash));
  CHECK_FALSE(bcryptCompare(std::string(71, 'x') + "y", hash));
  CHECK_FALSE(bcryptCompare(std::string(71, 'x'), hash));
  CHECK_FALSE(bcryptCompare(longest + "x", hash));
  CHECK_FALSE(bcryptCompare(std::string(1000, 'x'), hash));
  CHECK_THROWS_AS(cheapHash(longest + "x"), std::invalid_argument);
  CHECK_THROWS_AS(cheapHash(std::string(1000, 'x')), std::invalid_argument);
}

TEST_CASE("a password with a NUL is refused, never truncated") {
  const std::string hash = cheapHash("abc");
  CHECK(bcryptCompare("abc", hash));
  CHECK_FALSE(bcryptCompare(std::string("abc\0", 4), hash));
  CHECK_FALSE(bcryptCompare(std::string("abc\0xyz", 7), hash));
  CHECK_THROWS_AS(cheapHash(std::string("abc\0xyz", 7)), std::invalid_argument);
  CHECK_FALSE(isBcryptPassword(std::string("\0", 1)));
  CHECK(isBcryptPassword(""));
}

TEST_CASE("a malformed hash matches no password") {
  const std::string hash = cheapHash("password");
  const std::vector<std::string> malformed = {
      "",
      "*0",
      "*1",
      "*",
      "$",
      "$2b$",
      "$2b$04$",
      "password",
      "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
      "$6$salt$hash",
      hash.substr(0, 59),
      hash.substr(0, 29),
      hash + "x",
      hash + "\n",
      with(hash, 0, "x"),
      with(hash, 0, "*"),
      with(hash, 2, "x"),
      with(hash, 2, "c"),
      with(hash, 1, "1"),
      with(hash, 4, "03"),
      with(hash, 4, "16"),
      with(hash, 4, "31"),
      with(hash, 4, "00"),
      with(hash, 4, "99"),
      with(hash, 4, "-4"),
      with(hash, 4, " 4"),
      with(hash, 4, "4$"),
      with(hash, 6, "x"),
      with(hash, 10, ":"),
      with(hash, 28, "="),
      with(hash, 28, std::string(1, '\0')),
      with(hash, 59, "!"),
      with(hash, 40, std::string(1, '\0')),
      with(hash, 40, "\x80"),
  };
  for (const std::string& text : malformed) {
    CAPTURE(text);
    CHECK_FALSE(bcryptCost(text).has_value());
    CHECK_FALSE(bcryptCompare("password", text));
    CHECK_FALSE(bcryptCompare(text, text));
  }
}

TEST_CASE("a hash with one character changed does not match") {
  const std::string hash = cheapHash("password");
  for (const std::size_t at : {7U, 20U, 29U, 45U, 58U}) {
    CAPTURE(at);
    CHECK_FALSE(bcryptCompare("password", with(hash, at, hash[at] == 'a' ? "b" : "a")));
  }
}

TEST_CASE("a hash verifies with the prefixes $2b$ and $2y$, and for ASCII passwords also with $2a$") {
  const std::string hash = cheapHash("password");
  CHECK(bcryptCompare("password", with(hash, 2, "y")));
  CHECK(bcryptCompare("password", with(hash, 2, "a")));
}

TEST_CASE("a hash with other spare bits in the last character of the salt still matches") {
  const std::string hash = cheapHash("password");
  const std::string alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const std::size_t canonical = alphabet.find(hash[28]);
  REQUIRE(canonical % 16 == 0);
  for (std::size_t spare = 0; spare < 16; ++spare) {
    CAPTURE(spare);
    CHECK(bcryptCompare("password", with(hash, 28, std::string(1, alphabet[canonical + spare]))));
  }
  CHECK_FALSE(bcryptCompare("password", with(hash, 28, std::string(1, alphabet[(canonical + 16) % 64]))));
}

TEST_CASE("the cost is read from a well-formed hash") {
  const std::string tail = "$" + std::string(53, '.');
  CHECK(bcryptCost("$2b$04" + tail) == 4);
  CHECK(bcryptCost("$2a$10" + tail) == 10);
  CHECK(bcryptCost("$2y$15" + tail) == 15);
}

TEST_CASE("costs out of range are refused") {
  const int cost = GENERATE(-1, 0, 3, 16, 31, 1000);
  CHECK_THROWS_AS(bcryptHash("password", cost, systemRandom()), std::invalid_argument);
}

TEST_CASE("nothing is hashed when the random generator fails") {
  FailingRandom random;
  CHECK_THROWS_AS(bcryptHash("password", minBcryptCost, random), std::runtime_error);
}

TEST_CASE("many threads can hash in parallel") {
  const std::string hash = cheapHash("password");
  std::vector<int> wrong(16, 0);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&] {
      for (int i = 0; i < 4; ++i) {
        if (!bcryptCompare("password", hash) || bcryptCompare("passwort", hash)) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(16, 0));
}

}  // namespace glitch_protocol
