// Tests SqliteDatabase on files: settings, durability, other processes, readers, checkpoints and text that looks like
// SQL.
#include "store/sqlite_database.h"

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "engine/errors.h"
#include "engine/patience.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_connection.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"
#include "tests/support/database_file.h"
#include "tests/support/waiting.h"

namespace glitch_protocol::store {

using namespace sample;
using namespace std::chrono_literals;

namespace {

std::size_t countUsers(DatabaseAdapter& database) {
  return readFrom(database, [](Reader& reader) { return reader.users().list("", 100'000); }).size();
}

/// Whether a read on another thread, for a request that arrived at `arrival`, is an outage.
bool isRefusedElsewhere(SqliteDatabase& database,
                        std::chrono::steady_clock::time_point arrival = std::chrono::steady_clock::now()) {
  bool refused = false;
  std::thread([&] {
    const ArrivalScope scope(arrival);
    try {
      database.read([](Reader&) {});
    } catch (const StoreError&) {
      refused = true;
    }
  }).join();
  return refused;
}

}  // namespace

TEST_CASE("every connection has the required settings") {
  const DatabaseFile file;
  SqliteDatabase database(file.options);
  const auto access = GENERATE(Access::readOnly, Access::readWrite);
  SqliteConnection connection(file.options, access);
  const auto pragma = [&](const char* sql) { return connection.number(sql); };
  CHECK(pragma("PRAGMA busy_timeout") == 5000);
  CHECK(pragma("PRAGMA synchronous") == 2);
  CHECK(pragma("PRAGMA foreign_keys") == 1);
  CHECK(pragma("PRAGMA trusted_schema") == 0);
  CHECK(pragma("PRAGMA cell_size_check") == 1);
  CHECK(pragma("PRAGMA wal_autocheckpoint") == 0);
  CHECK(pragma("PRAGMA temp_store") == 2);
  int defensive = 0;
  sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_DEFENSIVE, -1, &defensive);
  CHECK(defensive == 1);
  CHECK(sqlite3_db_readonly(connection.handle(), "main") == (access == Access::readOnly ? 1 : 0));
}

TEST_CASE(
    "the file is in WAL mode, marked as this program's, at the current version, and all its tables are "
    "strict") {
  const DatabaseFile file;
  SqliteDatabase database(file.options);
  SQLite::Database plain(file.path);
  CHECK(plain.execAndGet("PRAGMA journal_mode").getString() == "wal");
  CHECK(plain.execAndGet("PRAGMA application_id").getInt64() == applicationId);
  CHECK(plain.execAndGet("PRAGMA user_version").getInt64() == currentSchemaVersion());
  CHECK(plain
            .execAndGet(
                "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'"
                " AND strict = 0")
            .getInt() == 0);
  CHECK(plain.execAndGet("SELECT count(*) FROM pragma_table_list WHERE strict = 1").getInt() == 6);
}

TEST_CASE("durability is normal only on request") {
  DatabaseFile file;
  const SqliteDatabase database(file.options);
  file.options.durability = Durability::normal;
  CHECK(SqliteConnection(file.options, Access::readWrite).number("PRAGMA synchronous") == 1);
}

TEST_CASE("the database, its log and its index are accessible only to their owner, whatever the umask") {
  const DatabaseFile file;
  const mode_t mask = GENERATE(as<mode_t>{}, 0000, 0022, 0777);
  const mode_t before = ::umask(mask);
  {
    SqliteDatabase database(file.options);
    addUser(database, "ada");
    ::umask(before);
    for (const char* name : {"auth.db", "auth.db-wal", "auth.db-shm"}) {
      CAPTURE(name);
      struct stat status {};
      REQUIRE(::stat(file.directory.file(name).c_str(), &status) == 0);
      CHECK((status.st_mode & 0777) == 0600);
    }
  }
  ::umask(before);
}

TEST_CASE("changes are kept over a restart, and a clean end removes the log") {
  const DatabaseFile file;
  {
    SqliteDatabase database(file.options);
    addUser(database, "ada");
  }
  CHECK_FALSE(std::filesystem::exists(file.log));
  SqliteDatabase database(file.options);
  CHECK(countUsers(database) == 1);
}

TEST_CASE("a commit of another process counts as an external change, an own commit or checkpoint does not") {
  DatabaseFile file;
  SqliteDatabase server(file.options);
  file.options.checkpointing = Checkpointing::never;
  SqliteDatabase command(file.options);
  const std::uint64_t start = server.externalChangeCount();

  addUser(server, "ada");
  server.checkpoint();
  addUser(server, "bob");
  command.read([](Reader& reader) { reader.users().find(UserId("user-ada")); });
  CHECK(server.externalChangeCount() == start);

  addUser(command, "cleo");
  CHECK(server.externalChangeCount() == start + 1);
  CHECK(server.externalChangeCount() == start + 1);
  CHECK(countUsers(server) == 3);
}

TEST_CASE("the next write notices a commit of another process by itself") {
  const DatabaseFile file;
  SqliteDatabase server(file.options);
  SqliteDatabase command(file.options);
  const std::uint64_t start = server.externalChangeCount();
  addUser(command, "ada");
  std::uint64_t seenInside = 0;
  server.write([&](Writer&) { seenInside = server.externalChangeCount(); });
  CHECK(seenInside == start + 1);
}

TEST_CASE(
    "while another process holds the write lock, writes are outages and reads continue; afterwards all "
    "works") {
  DatabaseFile file;
  file.options.busyTimeout = 0ms;
  SqliteDatabase database(file.options);
  addUser(database, "ada");
  SQLite::Database other(file.path, SQLite::OPEN_READWRITE);
  other.exec("BEGIN EXCLUSIVE");

  std::atomic<int> outages{0};
  atOnce(8, [&](std::size_t) {
    try {
      database.write([](Writer&) {});
    } catch (const StoreError&) {
      ++outages;
    }
  });
  CHECK(outages == 8);
  CHECK_THROWS_AS(database.probeWrite(), StoreError);
  CHECK_THROWS_AS(database.checkpoint(), StoreError);
  CHECK(countUsers(database) == 1);

  other.exec("ROLLBACK");
  CHECK_NOTHROW(database.probeWrite());
  CHECK_NOTHROW(addUser(database, "bob"));
  CHECK(countUsers(database) == 2);
}

TEST_CASE("a probe changes nothing that a reader or another process can see") {
  const DatabaseFile file;
  SqliteDatabase database(file.options);
  addUser(database, "ada");
  const std::string before = everythingAbout(database, UserId("user-ada"));
  const std::uint64_t changes = database.externalChangeCount();
  for (int i = 0; i < 3; ++i) database.probeWrite();
  CHECK(everythingAbout(database, UserId("user-ada")) == before);
  CHECK(database.externalChangeCount() == changes);
  SQLite::Database plain(file.path);
  CHECK(plain.execAndGet("SELECT count(*) FROM store_probe").getInt() == 1);
}

TEST_CASE("after the file has been moved, replaced or removed, writes are outages") {
  const DatabaseFile file;
  SqliteDatabase database(file.options);
  addUser(database, "ada");

  const auto refusesWrites = [&] {
    CHECK_THROWS_AS(addUser(database, "bob"), StoreError);
    CHECK_THROWS_AS(database.probeWrite(), StoreError);
  };
  SECTION("moved; once it is back, writes work again") {
    std::filesystem::rename(file.path, file.path + ".moved");
    refusesWrites();
    std::filesystem::rename(file.path + ".moved", file.path);
    CHECK_NOTHROW(addUser(database, "bob"));
  }
  SECTION("replaced; the new file stays unchanged") {
    std::filesystem::rename(file.path, file.path + ".moved");
    std::filesystem::copy_file(file.path + ".moved", file.path);
    const auto written = std::filesystem::last_write_time(file.path);
    refusesWrites();
    CHECK(std::filesystem::last_write_time(file.path) == written);
  }
  SECTION("removed") {
    std::filesystem::remove(file.path);
    refusesWrites();
  }
  SECTION("its log removed") {
    std::filesystem::remove(file.log);
    refusesWrites();
  }
  SECTION("its directory removed") {
    std::filesystem::remove_all(file.directory.path());
    refusesWrites();
  }
}

TEST_CASE("more readers than connections all get their turn and see committed changes") {
  DatabaseFile file;
  file.options.readers = 2;
  file.options.busyTimeout = 60s;
  SqliteDatabase database(file.options);
  addUser(database, "ada");
  std::atomic<int> found{0};
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < 16; ++number) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        database.read([&](Reader& reader) {
          const int now = ++inside;
          if (now > most) most = now;
          if (reader.users().findByEmail("ada@example.org")) ++found;
          --inside;
        });
      }
    });
  }
  for (int i = 0; i < 20; ++i) addUser(database, "user" + std::to_string(i));
  for (std::thread& thread : threads) thread.join();
  CHECK(found == 16 * 50);
  CHECK(most <= 2);
}

TEST_CASE("a read that gets no connection in time is an outage, and the next one works") {
  DatabaseFile file;
  file.options.readers = 1;
  file.options.busyTimeout = 0ms;
  SqliteDatabase database(file.options);
  bool refused = false;
  database.read([&](Reader&) { refused = isRefusedElsewhere(database); });
  CHECK(refused);
  CHECK_NOTHROW(database.read([](Reader&) {}));
}

TEST_CASE(
    "a request that has already waited longer than the busy timeout gets a connection at once or an outage") {
  DatabaseFile file;
  file.options.readers = 1;
  file.options.busyTimeout = 10s;
  SqliteDatabase database(file.options);
  const auto begin = std::chrono::steady_clock::now();
  bool refused = false;
  database.read([&](Reader&) { refused = isRefusedElsewhere(database, begin - 11s); });
  CHECK(refused);
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  CHECK_NOTHROW(database.read([](Reader&) {}));
}

TEST_CASE("under steady load checkpoints keep the log short") {
  DatabaseFile file;
  file.options.durability = Durability::normal;
  file.options.checkpointPages = 50;
  SqliteDatabase database(file.options);
  addUser(database, "ada");
  database.write([](Writer& writer) {
    writer.sessions().insert(session("ada", "laptop"));
    writer.lineages().insert(lineage("laptop", 1));
  });
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int number = 0; number < 2; ++number) {
    readers.emplace_back([&] {
      while (!done) database.read([](Reader& reader) { reader.lineages().find(lineageId(1)); });
    });
  }
  std::uintmax_t longest = 0;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    database.write([&](Writer& writer) {
      writer.lineages().advance(lineageId(1), i, at(static_cast<std::int64_t>(i)), at(1000));
      writer.audit().insert(auditEvent(UserId("user-ada"), "ROTATED", at(static_cast<std::int64_t>(i))));
    });
    if (i % 50 == 0) longest = std::max(longest, std::filesystem::file_size(file.log));
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  // Each write adds at least 5 pages of 4 KiB: without checkpoints the log would have 60 MB.
  CHECK(longest < 8'000'000);
}

TEST_CASE("during a long read the log grows but writes do not wait; afterwards the log restarts") {
  DatabaseFile file;
  file.options.checkpointPages = 20;
  SqliteDatabase database(file.options);
  addUser(database, "ada");
  const auto logSize = [&] { return std::filesystem::file_size(file.log); };
  database.read([&](Reader& reader) {
    reader.users().find(UserId("user-ada"));
    std::thread([&] {
      for (int i = 0; i < 100; ++i) addUser(database, "during" + std::to_string(i));
    }).join();
  });
  const auto grown = logSize();
  database.checkpoint();
  for (int i = 0; i < 100; ++i) addUser(database, "after" + std::to_string(i));
  CHECK(logSize() == grown);
  CHECK(countUsers(database) == 201);
}

TEST_CASE("checkpoint() moves everything into the database file") {
  const DatabaseFile file;
  SqliteDatabase database(file.options);
  addUser(database, "ada");
  database.checkpoint();
  std::filesystem::copy_file(file.path, file.directory.file("copy.db"));
  SqliteDatabase copy(optionsFor(file.directory.file("copy.db")));
  CHECK(countUsers(copy) == 1);
}

TEST_CASE("a deleted user leaves no orphaned rows, and the file passes SQLite's integrity check") {
  const DatabaseFile file;
  SqliteDatabase database(file.options);
  database.write([](Writer& writer) {
    for (const char* name : {"ada", "bob"}) {
      writer.users().insert(user(name));
      writer.sessions().insert(session(name, name));
    }
    writer.lineages().insert(lineage("ada", 1));
    writer.users().remove(UserId("user-ada"));
  });
  SQLite::Database plain(file.path);
  CHECK(plain.execAndGet("SELECT count(*) FROM sessions").getInt() == 1);
  CHECK(plain.execAndGet("SELECT count(*) FROM lineages").getInt() == 0);
  CHECK(isSound(file.path));
}

TEST_CASE("values that look like SQL are stored as text") {
  const DatabaseFile file;
  SqliteDatabase database(file.options);
  User hostile = user("x");
  hostile.email = "'; DROP TABLE users; --@example.org";
  hostile.name = "\"; DELETE FROM users; --";
  database.write([&](Writer& writer) { writer.users().insert(hostile); });
  const auto found =
      readFrom(database, [&](Reader& reader) { return reader.users().findByEmail(hostile.email); });
  CHECK(describe(found) == describe(hostile));
  CHECK_FALSE(readFrom(database, [](Reader& reader) { return reader.users().findByEmail("' OR '1'='1"); }));
}

TEST_CASE("databases in memory are separate and create no file") {
  const auto one = SqliteDatabase::inMemory();
  const auto other = SqliteDatabase::inMemory();
  addUser(*one, "ada");
  CHECK(countUsers(*one) == 1);
  CHECK(countUsers(*other) == 0);
  CHECK_NOTHROW(one->probeWrite());
  CHECK_NOTHROW(one->checkpoint());
  CHECK(one->externalChangeCount() == 0);
  CHECK_FALSE(std::filesystem::exists(":memory:"));
}

}  // namespace glitch_protocol::store
