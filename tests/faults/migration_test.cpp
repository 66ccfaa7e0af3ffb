// A process is killed at the n-th disk operation of a migration, n = 1, 2, ... until it comes through: the
// next one finds a whole version.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"
#include "tests/faults/failing_vfs.h"
#include "tests/support/temporary_directory.h"

namespace glitch_protocol::store {

namespace {

constexpr std::array migrations{
    "CREATE TABLE first (name TEXT) STRICT; INSERT INTO first VALUES ('one'), ('two')",
    "ALTER TABLE first ADD COLUMN age INTEGER; CREATE TABLE second (name TEXT) STRICT;"
    "INSERT INTO second SELECT name FROM first; UPDATE first SET age = 7",
};

SqliteOptions optionsFor(const std::string& path, const FailingVfs& vfs) {
  SqliteOptions options;
  options.path = path;
  options.vfs = vfs.name();
  return options;
}

/// Runs `work` in a process of its own: what that ends with.
int statusOf(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void migrateAlong(const SqliteOptions& options, std::span<const char* const> list) {
  SqliteConnection connection(options, Access::readWrite);
  connection.enableWal();
  migrate(connection, list);
}

/// "version: tables and columns" as a new process finds them, and whether the file is sound.
std::string schemaOf(const std::string& path) {
  SQLite::Database plain(path, SQLite::OPEN_READWRITE);
  std::string schema = plain.execAndGet("PRAGMA user_version").getString() + ":";
  SQLite::Statement columns(
      plain,
      "SELECT s.name || '.' || c.name FROM sqlite_schema s, pragma_table_info(s.name) c "
      "WHERE s.type = 'table' ORDER BY 1");
  while (columns.executeStep()) schema += " " + columns.getColumn(0).getString();
  return schema + " " + plain.execAndGet("PRAGMA integrity_check").getString();
}

}  // namespace

TEST_CASE(
    "a migration that is killed at any point leaves the old version or the new one, and the next start ends "
    "it") {
  const TemporaryDirectory directory;
  FailingVfs vfs;
  const std::array<std::string, 3> whole{"0: ok", "1: first.name ok",
                                         "2: first.age first.name second.name ok"};
  std::array<int, 3> seen{};
  int wrong = 0;
  int status = FailingVfs::killedStatus;
  std::uint64_t n = 1;
  for (; status == FailingVfs::killedStatus; ++n) {
    const std::string path = directory.file("kill-" + std::to_string(n));
    const SqliteOptions options = optionsFor(path, vfs);
    SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("PRAGMA user_version=0");
    status = statusOf([&] {
      vfs.failNth(n, DiskFault::killed);
      migrateAlong(options, migrations);
    });
    const std::string schema = schemaOf(path);
    const auto* found = std::find(whole.begin(), whole.end(), schema);
    if (found == whole.end()) {
      ++wrong;
      continue;
    }
    ++seen[static_cast<std::size_t>(found - whole.begin())];
    migrateAlong(options, migrations);
    if (schemaOf(path) != whole[2]) ++wrong;
  }
  CHECK(status == 0);
  CHECK(wrong == 0);
  for (const int times : seen) CHECK(times > 0);
}

TEST_CASE("a first start that is killed at any point is ended by the next one") {
  const TemporaryDirectory directory;
  FailingVfs vfs;
  int wrong = 0;
  int status = FailingVfs::killedStatus;
  std::uint64_t n = 1;
  for (; status == FailingVfs::killedStatus; ++n) {
    const std::string path = directory.file("start-" + std::to_string(n));
    const SqliteOptions options = optionsFor(path, vfs);
    status = statusOf([&] {
      vfs.failNth(n, DiskFault::killed);
      const SqliteDatabase database(options);
    });
    SqliteDatabase(options).probeWrite();
    const std::string current = std::to_string(currentSchemaVersion()) + ":";
    if (!schemaOf(path).ends_with(" ok") || !schemaOf(path).starts_with(current)) ++wrong;
  }
  CHECK(status == 0);
  CHECK(wrong == 0);
  CHECK(n > 10);
}

TEST_CASE(
    "a start on a database of version 1 that is killed at any point is ended by the next one, rows intact") {
  const TemporaryDirectory directory;
  FailingVfs vfs;
  int wrong = 0;
  int status = FailingVfs::killedStatus;
  std::uint64_t n = 1;
  for (; status == FailingVfs::killedStatus; ++n) {
    const std::string path = directory.file("upgrade-" + std::to_string(n));
    const SqliteOptions options = optionsFor(path, vfs);
    // As the program of that version left it: marked, and its owner's alone.
    SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("PRAGMA application_id=" + std::to_string(applicationId));
    std::filesystem::permissions(path,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    migrateAlong(options, releasedMigrations().first(1));
    SQLite::Database(path, SQLite::OPEN_READWRITE)
        .exec(
            "INSERT INTO users VALUES ('u', 'ada@example.org', NULL, 'hash', 1, NULL);"
            "INSERT INTO sessions VALUES ('s', 'u', '2001:db8:1:2:3::4', 'Browser', 1, 2, 3, NULL, '', "
            "NULL);");
    status = statusOf([&] {
      vfs.failNth(n, DiskFault::killed);
      const SqliteDatabase database(options);
    });
    SqliteDatabase database(options);
    const auto user =
        sample::readFrom(database, [](Reader& reader) { return reader.users().find(UserId("u")); });
    const auto session =
        sample::readFrom(database, [](Reader& reader) { return reader.sessions().find(SessionId("s")); });
    const bool known = sample::readFrom(database, [](Reader& reader) {
      return reader.sessions().hasFromSite(UserId("u"), "2001:db8:1:2::");
    });
    const bool intact = user && user->passwordHash == "hash" && !user->passwordChangedAt && session &&
                        session->lastActivity == TimePoint{std::chrono::milliseconds{2}} &&
                        !session->tokensFrom && known;
    if (!intact || !schemaOf(path).ends_with(" ok")) ++wrong;
  }
  CHECK(status == 0);
  CHECK(wrong == 0);
  CHECK(n > 10);
}

}  // namespace glitch_protocol::store
