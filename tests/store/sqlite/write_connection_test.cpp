// Tests the write connection: its errors, other writers, checkpoints and the restart of the log.
#include "store/sqlite/write_connection.h"

#include <sqlite3.h>

#include <chrono>
#include <string>

#include "engine/errors.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"
#include "tests/support/database_file.h"

namespace glitch_protocol::store {

using namespace std::chrono_literals;

namespace {

bool addUser(WriteConnection& connection, const std::string& name) {
  connection.begin(0ms);
  const bool added = connection.writer().users().insert(sample::user(name));
  connection.commit();
  return added;
}

/// Makes every rollback of `connection` fail, as after an error that SQLite cannot recover from.
void forbidRollBack(WriteConnection& connection) {
  sqlite3_set_authorizer(
      connection.connection().handle(),
      [](void*, int action, const char* operation, const char*, const char*, const char*) {
        const bool rollsBack = action == SQLITE_TRANSACTION && std::string(operation) == "ROLLBACK";
        return rollsBack ? SQLITE_DENY : SQLITE_OK;
      },
      nullptr);
}

}  // namespace

TEST_CASE("a connection that cannot roll back is replaced, and no change of its transaction remains") {
  const DatabaseFile file;
  WriteConnection connection(file.options);
  REQUIRE(addUser(connection, "ada"));
  const std::uint64_t changes = connection.externalChangeCount();
  forbidRollBack(connection);
  connection.begin(0ms);
  connection.writer().users().insert(sample::user("bob"));
  connection.rollBack();
  REQUIRE(connection.isLost());

  // Another process may have written in between, so this counts as an external change.
  connection.begin(0ms);
  CHECK(connection.externalChangeCount() > changes);
  CHECK_FALSE(connection.isLost());
  CHECK(connection.writer().users().find(UserId("user-ada")));
  CHECK_FALSE(connection.writer().users().find(UserId("user-bob")));
  connection.rollBack();
  CHECK(addUser(connection, "bob"));
}

TEST_CASE("an error that may affect more than its own statement makes the transaction lost") {
  const DatabaseFile file;
  WriteConnection connection(file.options);
  connection.begin(0ms);
  SECTION("a constraint violation does not") {
    CHECK_THROWS_AS(connection.writer().lineages().insert(sample::lineage("nothing", 1)), StoreError);
    CHECK_FALSE(connection.isLost());
  }
  SECTION("a full disk does") {
    sqlite3_exec(connection.connection().handle(), "PRAGMA max_page_count=1", nullptr, nullptr, nullptr);
    User large = sample::user("ada");
    large.passwordHash.assign(10'000, 'x');
    CHECK_THROWS_AS(connection.writer().users().insert(large), StoreError);
    CHECK(connection.isLost());
  }
  connection.rollBack();
  connection.begin(0ms);
  CHECK_FALSE(connection.isLost());
  connection.rollBack();
}

TEST_CASE("a transaction cannot begin while another connection writes, and can afterwards") {
  const DatabaseFile file;
  WriteConnection one(file.options);
  WriteConnection other(file.options);
  one.begin(0ms);
  CHECK_THROWS_AS(other.begin(0ms), StoreError);
  CHECK_THROWS_AS(other.checkpoint(0ms), StoreError);
  one.commit();
  CHECK_NOTHROW(other.begin(0ms));
  other.rollBack();
}

TEST_CASE("the log grows while a reader stays open, and restarts when it has finished") {
  DatabaseFile file;
  file.options.checkpointPages = 20;
  WriteConnection connection(file.options);
  addUser(connection, "ada");
  connection.restartLog();
  const WalState small = connection.walState();

  SqliteConnection reader(file.options, Access::readOnly);
  reader.query("BEGIN").run();
  CHECK(reader.number("SELECT count(*) FROM users") == 1);
  for (int i = 0; i < 100; ++i) {
    addUser(connection, "user" + std::to_string(i));
    if (connection.needsTidying()) connection.tidyUp();
  }
  const WalState grown = connection.walState();
  CHECK(grown.bytes > 100 * 4120);
  CHECK(grown.bytes % 4120 == 0);
  CHECK(grown.restarts == small.restarts);
  connection.restartLog();
  CHECK(connection.walState().bytes == grown.bytes);
  CHECK(connection.walState().restarts == grown.restarts);

  reader.query("COMMIT").run();
  SECTION("by itself, as writes continue") {
    for (int i = 0; i < 100 && connection.walState().restarts == grown.restarts; ++i) {
      addUser(connection, "late" + std::to_string(i));
      if (connection.needsTidying()) connection.tidyUp();
    }
    CHECK(connection.walState().bytes < 20 * 4120);
  }
  SECTION("on request, even when nobody writes") {
    connection.restartLog();
    CHECK(connection.walState().bytes < 20 * 4120);
  }
  CHECK(connection.walState().restarts == grown.restarts + 1);
}

TEST_CASE("restartLog() does nothing while another process writes, and later writes work") {
  const DatabaseFile file;
  WriteConnection one(file.options);
  WriteConnection other(file.options);
  addUser(one, "ada");
  const WalState before = one.walState();
  other.begin(0ms);
  one.restartLog();
  CHECK(one.walState().bytes == before.bytes);
  other.rollBack();
  CHECK(addUser(one, "bob"));
}

TEST_CASE("a checkpoint is due when the log has grown, and only in a process that may checkpoint") {
  DatabaseFile file;
  file.options.checkpointPages = 20;
  file.options.checkpointing = GENERATE(Checkpointing::whenDue, Checkpointing::never);
  WriteConnection connection(file.options);
  connection.checkpoint(0ms);
  addUser(connection, "ada");
  CHECK_FALSE(connection.needsTidying());
  for (int i = 0; i < 20; ++i) addUser(connection, "user" + std::to_string(i));
  CHECK(connection.needsTidying() == (file.options.checkpointing == Checkpointing::whenDue));
  connection.tidyUp();
  CHECK_FALSE(connection.needsTidying());
}

}  // namespace glitch_protocol::store
