// Tests what clients see when the database file is locked, replaced, truncated or removed under a running
// server.
#include <SQLiteCpp/Database.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "engine/errors.h"
#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/support/api_fixture.h"
#include "tests/support/temporary_directory.h"

namespace glitch_protocol::web {

namespace {

/// A served database in its own directory.
struct Served {
  Served() {
    surface.probe = [this] { disk.probeWrite(); };
    ada = surface.enter("ada@example.org");
    surface.engine.flushRecords();
  }

  static store::SqliteOptions optionsFor(const std::string& path) {
    store::SqliteOptions options;
    options.path = path;
    options.busyTimeout = std::chrono::milliseconds{50};
    return options;
  }
  static World quietWorld() {
    World world;
    world.engine.recordingDelay = std::chrono::hours{24};
    return world;
  }

  /// The result of a new probe, made after the previous result has expired.
  int readiness() {
    surface.clock.advance(std::chrono::seconds{1});
    return surface.send(get("/readyz")).status();
  }
  Reply refresh() { return surface.send(post("/api/auth/refresh").cookie(ada.refreshToken)); }

  TemporaryDirectory directory;
  const std::string path = directory.file("auth.db");
  store::SqliteDatabase disk{optionsFor(path)};
  Surface surface{quietWorld(), &disk};
  Visitor ada;
};

void isOutage(const Reply& reply) {
  CHECK(reply.status() == 503);
  CHECK(reply.code() == "STORE_UNAVAILABLE");
  CHECK(reply.has("Retry-After"));
  CHECK(reply.cookie() == "-");
}

}  // namespace

TEST_CASE(
    "while another process locks the database, writes are outages and reads continue; afterwards all works") {
  Served served;
  SQLite::Database other(served.path, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  isOutage(served.refresh());
  CHECK(served.readiness() == 503);
  served.surface.cache.forgetEverything();
  CHECK(served.surface.send(get("/api/auth/verify").bearer(served.ada.accessToken)).status() == 200);
  other.exec("COMMIT");
  CHECK(served.readiness() == 200);
  CHECK(served.refresh().status() == 200);
}

TEST_CASE("after the database is replaced by an empty one, nothing is decided and nothing is written") {
  Served served;
  const std::string fresh = served.directory.file("fresh.db");
  { const store::SqliteDatabase made(Served::optionsFor(fresh)); }
  for (const char* ending : {"", "-wal"})
    std::filesystem::rename(served.path + ending, served.path + ".old" + ending);
  std::filesystem::rename(fresh, served.path);
  const auto written = std::filesystem::last_write_time(served.path);

  isOutage(served.refresh());
  CHECK(served.readiness() == 503);
  // A new reading connection would find no users in the file.
  served.surface.cache.forgetEverything();
  const Reply seen = served.surface.send(get("/api/auth/verify").bearer(served.ada.accessToken));
  CHECK((seen.status() == 200 || seen.code() == "STORE_UNAVAILABLE"));
  CHECK(std::filesystem::last_write_time(served.path) == written);

  std::filesystem::remove(served.path);
  std::filesystem::remove(served.path + "-wal");
  for (const char* ending : {"", "-wal"})
    std::filesystem::rename(served.path + ".old" + ending, served.path + ending);
  CHECK(served.readiness() == 200);
  CHECK(served.refresh().status() == 200);
}

TEST_CASE("another reading connection is never opened on a different file") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("auth.db");
  const std::string fresh = directory.file("fresh.db");
  { const store::SqliteDatabase made(Served::optionsFor(fresh)); }
  store::SqliteDatabase disk(Served::optionsFor(path));
  std::filesystem::rename(path, path + ".old");
  std::filesystem::rename(fresh, path);
  CHECK_THROWS_AS(disk.read([](Reader& reader) { reader.users().list("", 1); }), StoreError);
  std::filesystem::rename(path + ".old", path);
  CHECK_NOTHROW(disk.read([](Reader& reader) { reader.users().list("", 1); }));
}

TEST_CASE("a removed database is not created again, and nothing that was answered is lost") {
  Served served;
  std::filesystem::remove(served.path);
  isOutage(served.refresh());
  CHECK(served.readiness() == 503);
  isOutage(served.surface.send(post("/api/auth/register").json(Surface::credentials("bob@example.org"))));
  CHECK_FALSE(std::filesystem::exists(served.path));
}

TEST_CASE("a database truncated under the server is an outage, never a verdict or a success") {
  Served served;
  served.disk.checkpoint();
  const auto left = GENERATE(0U, 4096U, 3 * 4096U);
  std::filesystem::resize_file(served.path, left);
  isOutage(served.refresh());
  CHECK(served.readiness() == 503);
  served.surface.cache.forgetEverything();
  const Reply seen = served.surface.send(get("/api/auth/verify").bearer(served.ada.accessToken));
  CHECK((seen.status() == 200 || seen.code() == "STORE_UNAVAILABLE"));
}

}  // namespace glitch_protocol::web
