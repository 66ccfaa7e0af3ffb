#include "web/config/jwt_secret.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>

#include "engine/random.h"
#include "engine/text/encoding.h"
#include "tests/catch.h"
#include "tests/support/fake_random.h"
#include "tests/support/messages.h"
#include "tests/support/temporary_directory.h"

using namespace glitch_protocol;
using namespace glitch_protocol::web;

namespace {

const std::string goodSecret = "q7Zt1vXw0cR5yN8mKd3LbP6hGs2JfA9uEoTiYxVzWnQ4";

/// A place for a database and its secret.
class Site {
 public:
  Site() { config.database = directory.file("auth.db"); }

  std::string secretFile() const { return config.database + ".secret"; }
  void write(const std::string& path, std::string_view text, mode_t mode = 0600) const {
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
  }
  std::string error(RandomSource& random = systemRandom()) const {
    try {
      loadJwtSecret(config, random);
    } catch (const ConfigError& refused) {
      return refused.what();
    }
    return "";
  }
  std::size_t files() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory.path())) ++count;
    return count;
  }

  TemporaryDirectory directory;
  Config config;
};

}  // namespace

TEST_CASE("weak secrets are refused, with the remedy") {
  const auto [secret, reason] = GENERATE(table<std::string, std::string>({
      {"", "has 0 bytes"},
      {"short", "has 5 bytes"},
      {goodSecret.substr(0, 31), "has 31 bytes"},
      {std::string(48, 'a'), "very few different"},
      {"abababababababababababababababababab", "very few different"},
      {"0123456789012345678901234567890123456789", "repeats itself"},
      {"abcdefghijklmnopabcdefghijklmnop", "repeats itself"},
      {"correct horse battery staple and two more", "blanks"},
      {goodSecret + "\n" + goodSecret, "line ends"},
      {goodSecret + "," + goodSecret, "commas"},
      {"ChangeMe-ChangeMe-0123456789abcdef", "\"changeme\""},
      {"Please-Change-Me-0123456789-abcdef", "\"change-me\""},
      {"your-256-bit-secret-9f8a7b6c5d4e3f2a", "\"secret\""},
      {"correct-horse-battery-staple-and-two-more", "looks like words"},
      {"CORRECTHORSEBATTERYSTAPLEANDTWOMORE", "looks like words"},
  }));
  INFO(secret);
  const auto error = weaknessOf(secret);
  REQUIRE(error);
  CHECK(contains(*error, reason));
  CHECK(contains(*error, "auth-server secret"));
  CHECK_FALSE((secret.size() > 8 && contains(*error, secret)));
}

TEST_CASE("random secrets are accepted, however they are written") {
  CHECK_FALSE(weaknessOf(goodSecret.substr(0, 32)));
  CHECK_FALSE(weaknessOf("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"));
  CHECK_FALSE(weaknessOf("n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="));
  CountingRandom random;
  for (int i = 0; i < 1000; ++i) {
    CAPTURE(i);
    const Secret secret = makeSecret(random);
    REQUIRE(secret.size() == 64);
    REQUIRE(base64urlDecode(secret.view()));
    REQUIRE_FALSE(weaknessOf(secret.view()));
  }
}

TEST_CASE("the first start makes a private secret, and later starts use it") {
  const Site site;
  checkJwtSecret(site.config);
  CHECK(site.files() == 0);

  const Secret first = loadJwtSecret(site.config, systemRandom());
  CHECK(first.size() == 64);
  CHECK(site.files() == 1);
  CHECK((std::filesystem::status(site.secretFile()).permissions() & std::filesystem::perms::all) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));

  site.write(site.config.database, "a database");
  CHECK(loadJwtSecret(site.config, systemRandom()).view() == first.view());
  CHECK_NOTHROW(checkJwtSecret(site.config));
}

TEST_CASE("a database without its secret is refused rather than everybody signed out") {
  const Site site;
  site.write(site.config.database, "a database");
  CHECK(contains(site.error(), "would sign everybody out"));
  CHECK(contains(site.error(), "auth-server secret > " + site.secretFile()));
  CHECK_THROWS_AS(checkJwtSecret(site.config), ConfigError);
  CHECK(site.files() == 1);
}

TEST_CASE("a secret without its database is refused rather than an empty database put in its place") {
  const Site site;
  const Secret first = loadJwtSecret(site.config, systemRandom());
  const auto isRefused = [&] {
    CHECK(contains(site.error(), "is missing or empty; put that back"));
    CHECK(contains(site.error(), "remove " + site.secretFile()));
    CHECK_THROWS_AS(checkJwtSecret(site.config), ConfigError);
  };
  isRefused();
  site.write(site.config.database, "");
  isRefused();
  site.write(site.config.database, "a database");
  CHECK(loadJwtSecret(site.config, systemRandom()).view() == first.view());
}

TEST_CASE("without randomness no secret is made") {
  const Site site;
  FailingRandom random;
  CHECK(contains(site.error(random), "no randomness"));
  CHECK(site.files() == 0);
}

TEST_CASE("a configured secret needs no file, and makes none") {
  Site site;
  site.config.engine.jwtSecret = Secret(goodSecret);
  CHECK(loadJwtSecret(site.config, systemRandom()).view() == goodSecret);
  CHECK(site.files() == 0);
}

TEST_CASE("a secret file must exist, be private and hold a good secret") {
  Site site;
  site.config.jwtSecretFile = site.directory.file("secret");
  CHECK(contains(site.error(), site.config.jwtSecretFile + ": No such file"));
  CHECK(site.files() == 0);

  site.write(site.config.jwtSecretFile, goodSecret + "\n");
  CHECK(loadJwtSecret(site.config, systemRandom()).view() == goodSecret);
  site.write(site.config.jwtSecretFile, goodSecret, 0640);
  CHECK(contains(site.error(), "other users may read"));
  site.write(site.config.jwtSecretFile, goodSecret, 0644);
  CHECK(contains(site.error(), "other users may read"));
  site.write(site.config.jwtSecretFile, goodSecret, 0620);
  CHECK(contains(site.error(), "other users may change"));
  site.write(site.config.jwtSecretFile, "");
  CHECK(contains(site.error(), "has 0 bytes"));
  site.write(site.config.jwtSecretFile, goodSecret + "\r\n");
  CHECK(contains(site.error(), "line ends"));
  CHECK_FALSE(contains(site.error(), goodSecret));
}
