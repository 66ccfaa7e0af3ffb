// Tests which tokens are accepted after an older backup has been restored.
#include <filesystem>
#include <memory>
#include <string>

#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/support/api_fixture.h"
#include "tests/support/database_file.h"

namespace glitch_protocol::web {

TEST_CASE(
    "after an older backup is restored, newer tokens are refused with the reason in the log; tokens of its "
    "time work") {
  const store::DatabaseFile file;
  const std::string backup = file.directory.file("backup.db");
  Visitor ada;
  Visitor bob;
  std::string newest;
  {
    store::SqliteDatabase disk(file.options);
    Surface surface({}, &disk);
    ada = surface.enter("ada@example.org");
    bob = surface.enter("bob@example.org");
    surface.engine.flushRecords();
    disk.backup(backup);
    const std::string next = surface.send(post("/api/auth/refresh").cookie(ada.refreshToken)).cookie();
    newest = surface.send(post("/api/auth/refresh").cookie(next)).cookie();
  }
  store::SqliteDatabase restored(store::optionsFor(backup));
  Surface surface({}, &restored);
  CHECK(surface.send(post("/api/auth/refresh").cookie(newest)).code() == "TOKEN_INVALID");
  CHECK(surface.logged.find("token is newer than the database") != std::string::npos);
  CHECK(surface.send(post("/api/auth/refresh").cookie(bob.refreshToken)).status() == 200);
  // No file records that it was used, so it is accepted once more.
  const Reply revived = surface.send(post("/api/auth/refresh").cookie(ada.refreshToken));
  CHECK(revived.status() == 200);
  CHECK(surface.send(post("/api/auth/refresh").cookie(ada.refreshToken)).code() == "TOKEN_REUSE_DETECTED");
}

}  // namespace glitch_protocol::web
