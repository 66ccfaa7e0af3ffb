// Tests that a process killed at the n-th disk operation of a migration, for n = 1, 2, ... until it
// completes, leaves a complete version for the next process.
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

/// Runs `work` in another process and returns its exit code.
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

/// "version: tables and columns" as a new process finds them, and whether the file passes the integrity
/// check.
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

/// Whether all lineages still belong to sessions, and no reference is dangling.
bool foreignKeysHold(const std::string& path) {
  SQLite::Database plain(path, SQLite::OPEN_READWRITE);
  SQLite::Statement broken(plain, "PRAGMA foreign_key_check");
  const bool holds = !broken.executeStep();
  return holds &&
         plain.execAndGet("SELECT count(*) FROM pragma_foreign_key_list('lineages')").getInt() == 1 &&
         plain.execAndGet("SELECT count(*) FROM pragma_foreign_key_list('sessions')").getInt() == 0;
}

/// An operation during which a process is killed.
struct Trial {
  std::function<void(const SqliteOptions&)> prepare;  ///< creates the initial state for `work`
  std::function<void(const SqliteOptions&)> work;
  std::function<bool(const SqliteOptions&)> isWell;  ///< whether the next process finds a correct state
};

/// Kills `work` at its first disk operation, on a new file at its second, and so on until it completes.
void killAtEveryOperation(const Trial& trial) {
  const TemporaryDirectory directory;
  FailingVfs vfs;
  int status = FailingVfs::killedStatus;
  std::uint64_t n = 1;
  for (; status == FailingVfs::killedStatus; ++n) {
    CAPTURE(n);
    const SqliteOptions options = optionsFor(directory.file(std::to_string(n)), vfs);
    trial.prepare(options);
    status = statusOf([&] {
      vfs.failNth(n, DiskFault::killed);
      trial.work(options);
    });
    CHECK(trial.isWell(options));
  }
  CHECK(status == 0);
  CHECK(n > 10);
}

void makeFile(const std::string& path, const std::string& sql) {
  SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
}

}  // namespace

TEST_CASE(
    "a migration that is killed at any point leaves the old version or the new one, and the next start "
    "completes it") {
  const std::array<std::string, 3> whole{"0: ok", "1: first.name ok",
                                         "2: first.age first.name second.name ok"};
  std::array<int, 3> seen{};
  killAtEveryOperation({
      [](const SqliteOptions& options) { makeFile(options.path, "PRAGMA user_version=0"); },
      [](const SqliteOptions& options) { migrateAlong(options, migrations); },
      [&](const SqliteOptions& options) {
        const auto* found = std::ranges::find(whole, schemaOf(options.path));
        if (found == whole.end()) return false;
        ++seen[static_cast<std::size_t>(found - whole.begin())];
        migrateAlong(options, migrations);
        return schemaOf(options.path) == whole[2];
      },
  });
  CHECK(std::ranges::count(seen, 0) == 0);
}

TEST_CASE("a first start that is killed at any point is completed by the next one") {
  const std::string current = std::to_string(currentSchemaVersion()) + ":";
  killAtEveryOperation({
      [](const SqliteOptions&) {},
      [](const SqliteOptions& options) { const SqliteDatabase database(options); },
      [&](const SqliteOptions& options) {
        SqliteDatabase(options).probeWrite();
        const std::string schema = schemaOf(options.path);
        return schema.starts_with(current) && schema.ends_with(" ok");
      },
  });
}

namespace {

/// A database as left by the program of schema version 1: marked, and accessible only to its owner.
void makeVersion1(const SqliteOptions& options) {
  makeFile(options.path, "PRAGMA application_id=" + std::to_string(applicationId));
  std::filesystem::permissions(options.path,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  migrateAlong(options, releasedMigrations().first(1));
  makeFile(options.path,
           "INSERT INTO users VALUES ('u', 'ada@example.org', NULL, 'hash', 1, NULL);"
           "INSERT INTO sessions VALUES ('s', 'u', '2001:db8:1:2:3::4', 'Browser', 1, 2, 3, NULL, '', NULL);"
           "INSERT INTO lineages VALUES (zeroblob(16), 's', 7, 1, 2, 3);"
           "INSERT INTO audit_log VALUES (1, 1, 'USER_ADDED', 'u', NULL, '', '');"
           "INSERT INTO audit_log VALUES (2, 2, 'LOGIN_SUCCEEDED', 'u', 's', '192.0.2.1', 'Browser');");
}

bool hasRowsOfVersion1(SqliteDatabase& database) {
  return sample::readFrom(database, [](Reader& reader) {
    const auto user = reader.users().find(UserId("u"));
    const auto session = reader.sessions().find(SessionId("s"));
    const auto lineage = reader.lineages().find(LineageId{});
    const auto events = reader.audit().list(UserId("u"), 10);
    const bool history = events.size() == 2 && events[0].actor == Actor::user && events[0].id == 2 &&
                         events[1].actor == Actor::operatorCommand;
    return lineage && lineage->counter == 7 && history && user && user->passwordHash == "hash" &&
           !user->passwordChangedAt && session &&
           session->lastActivity == TimePoint{std::chrono::milliseconds{2}} && !session->tokensFrom &&
           reader.sessions().hasFromSite(UserId("u"), "2001:db8:1:2::");
  });
}

}  // namespace

TEST_CASE(
    "a start on a version 1 database that is killed at any point is completed by the next one, rows intact") {
  killAtEveryOperation({
      makeVersion1,
      [](const SqliteOptions& options) { const SqliteDatabase database(options); },
      [](const SqliteOptions& options) {
        SqliteDatabase database(options);
        return hasRowsOfVersion1(database) && schemaOf(options.path).ends_with(" ok") &&
               foreignKeysHold(options.path);
      },
  });
}

}  // namespace glitch_protocol::store
