// Tests what queries about a user with very many sessions cost, in steps of SQLite's virtual machine.
#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite/sqlite_transaction.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"

namespace glitch_protocol::store {

using namespace sample;

namespace {

constexpr int sessions = 20'000;
const UserId ada("user-ada");

/// A database in memory in which ada has 20,000 sessions. Their order by activity is not that by creation.
class CrowdedDatabase {
 public:
  CrowdedDatabase() : connection_(inMemory(), Access::readWrite), writer(connection_) {
    migrate(connection_);
    connection_.execute("BEGIN");
    writer.users().insert(user("ada"));
    for (int i = 0; i < sessions; ++i) {
      Session row = session("ada", std::to_string(i));
      row.createdAt = at(i);
      row.lastActivity = at(sessions + std::int64_t{i} * 7919 % sessions);
      row.expiresAt = at(1'000'000);
      writer.sessions().insert(row);
    }
    connection_.execute("COMMIT");
  }

  /// The steps that `work` takes, in whole hundreds.
  int stepsOf(const std::function<void()>& work) {
    int hundreds = 0;
    sqlite3_progress_handler(
        connection_.handle(), 100,
        [](void* count) {
          ++*static_cast<int*>(count);
          return 0;
        },
        &hundreds);
    work();
    sqlite3_progress_handler(connection_.handle(), 0, nullptr, nullptr);
    return hundreds * 100;
  }

 private:
  static SqliteOptions inMemory() {
    SqliteOptions options;
    options.path = ":memory:";
    return options;
  }

  SqliteConnection connection_;

 public:
  SqliteWriter writer;
};

}  // namespace

TEST_CASE("a page of 20,000 sessions takes fewer than 10,000 steps, wherever it begins") {
  CrowdedDatabase database;
  const SessionCursor middle{at(sessions + sessions / 2), at(0), SessionId("")};
  for (const std::optional<SessionCursor>& after : {std::optional<SessionCursor>(), std::optional(middle)}) {
    std::size_t read = 0;
    const int steps =
        database.stepsOf([&] { read = database.writer.sessions().listLive(ada, at(0), after, 101).size(); });
    CHECK(read == 101);
    CHECK(steps < 10'000);
  }
}

TEST_CASE("the oldest of 20,000 sessions are found without reading the others") {
  CrowdedDatabase database;
  std::size_t read = 0;
  const int steps =
      database.stepsOf([&] { read = database.writer.sessions().listOldestLive(ada, at(0), 100).size(); });
  CHECK(read == 100);
  CHECK(steps < 10'000);
}

TEST_CASE("counting 20,000 sessions reads only an index") {
  CrowdedDatabase database;
  std::uint64_t count = 0;
  const int steps = database.stepsOf([&] { count = database.writer.sessions().countLive(ada, at(0)); });
  CHECK(count == sessions);
  CHECK(steps < 5 * sessions);
}

}  // namespace glitch_protocol::store
