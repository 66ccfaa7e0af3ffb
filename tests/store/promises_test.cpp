// Tests those promises of engine/engine.h on SQLite that depend on parallel threads and on the content of the file.
#include <fstream>
#include <iterator>
#include <memory>

#include "engine/accounts.h"
#include "engine/engine.h"
#include "store/memory_cache.h"
#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/contract/engine_promises.h"
#include "tests/support/database_file.h"

namespace glitch_protocol {
namespace {

/// A separate file for each test, synced at every commit as in production. Some disks take 10 ms for that, so there are
/// fewer rounds than in tests/engine/promises_test.cpp.
struct OnDisk {
  store::DatabaseFile file;
  std::unique_ptr<DatabaseAdapter> operator()() const {
    return std::make_unique<store::SqliteDatabase>(file.options);
  }
};

}  // namespace

TEST_CASE("on SQLite, a refresh token is accepted once, however many threads present it") {
  const OnDisk disk;
  promises::oneTokenManyThreads([&] { return disk(); }, 200);
}

TEST_CASE("on SQLite, all threads get the same successor within the reuse window, and no session ends") {
  const OnDisk disk;
  promises::oneTokenManyThreadsInsideWindow([&] { return disk(); }, 200);
}

TEST_CASE("on SQLite, a refresh that races with the end of its session leaves no valid token") {
  const OnDisk disk;
  SECTION("termination") {
    promises::refreshRacingWithTerminate([&] { return disk(); }, 250);
  }
  SECTION("password change") {
    promises::refreshRacingWithPasswordChange([&] { return disk(); }, 250);
  }
  SECTION("password change of the session itself") {
    promises::refreshRacingWithOwnPasswordChange([&] { return disk(); }, 250);
  }
}

TEST_CASE("on SQLite, a thousand rotations leave one lineage") {
  const OnDisk disk;
  promises::manyRotationsOneRow([&] { return disk(); }, 1'000);
}

TEST_CASE("on SQLite, the end of the session after a reuse is stored, although the call throws") {
  const OnDisk disk;
  SessionId ended;
  {
    const auto database = disk();
    World world(database.get());
    const SignIn signIn = world.signUp();
    ended = signIn.session.id;
    world.engine.rotateRefreshToken(signIn.tokens.refreshToken);
    CHECK_THROWS_AS(world.engine.rotateRefreshToken(signIn.tokens.refreshToken), TokenError);
  }
  const auto reopened = disk();
  std::optional<Session> stored;
  reopened->read([&](Reader& reader) { stored = reader.sessions().find(ended); });
  REQUIRE(stored.has_value());
  CHECK(stored->endReason == "token_reuse");
}

TEST_CASE("on SQLite, neither the file nor its log contains a token or a password") {
  const OnDisk disk;
  const auto database = disk();
  World world(database.get());
  const SignIn signIn = world.signUp();
  const auto next = world.engine.rotateRefreshToken(signIn.tokens.refreshToken);
  const std::string canary = "canary-password-4711";
  CHECK_THROWS_AS(world.accounts.login(World::email, canary, {}), AccountError);
  world.engine.flushRecords();
  for (const std::string& path : {disk.file.path, disk.file.log}) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    CAPTURE(path);
    REQUIRE(bytes.size() > 100);
    for (const std::string& secret :
         {signIn.tokens.accessToken, signIn.tokens.refreshToken, next.tokens.accessToken,
          next.tokens.refreshToken, canary, std::string{World::password}}) {
      CAPTURE(secret);
      CHECK(bytes.find(secret) == std::string::npos);
    }
  }
}

}  // namespace glitch_protocol
