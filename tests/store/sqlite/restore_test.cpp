// Tests restoring: what takes the place of the database, what is kept, and what a refusal leaves.
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include "engine/errors.h"
#include "store/sqlite/schema.h"
#include "store/sqlite_database.h"
#include "store/sqlite_restore.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"
#include "tests/support/database_file.h"
#include "tests/support/messages.h"

namespace glitch_protocol::store {

using namespace sample;

namespace {

constexpr TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25} + std::chrono::hours{13}};
constexpr const char* keptEnding = ".before-restore-20261125T130000Z";

void nothingMore(SqliteDatabase&) {}

void add(SqliteDatabase& database, const std::string& name) {
  database.write([&](Writer& writer) { writer.users().insert(user(name)); });
}

bool has(const std::string& path, const std::string& name) {
  SqliteDatabase database(optionsFor(path));
  bool found = false;
  database.read([&](Reader& reader) { found = reader.users().find(user(name).id).has_value(); });
  return found;
}

std::string contentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// All files in the directory: name -> content.
std::map<std::string, std::string> filesIn(const TemporaryDirectory& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
    files[entry.path().filename()] = entry.is_directory() ? "" : contentOf(entry.path());
  return files;
}

/// A database with ada, its backup, and then bob.
struct Restorable : DatabaseFile {
  Restorable() {
    SqliteDatabase database(options);
    add(database, "ada");
    database.backup(backup);
    add(database, "bob");
  }
  std::string restore() { return restoreBackup(options, backup, now, nothingMore); }

  const std::string backup = directory.file("backup.db");
};

/// Leaves a database whose last changes are only in its log, as a killed process does.
void leaveLog(const DatabaseFile& file) {
  const std::string database = file.directory.file("copy.db");
  const std::string log = file.directory.file("copy.log");
  {
    SqliteDatabase open(file.options);
    add(open, "carol");
    std::filesystem::copy_file(file.path, database);
    std::filesystem::copy_file(file.log, log);
  }
  std::filesystem::rename(database, file.path);
  std::filesystem::rename(log, file.log);
}

/// The refusal of a restore that must change nothing.
std::string refusalOf(Restorable& file) {
  const auto before = filesIn(file.directory);
  std::string reason;
  try {
    file.restore();
  } catch (const StoreError& refused) {
    reason = refused.what();
  }
  CHECK(filesIn(file.directory) == before);
  return reason;
}

}  // namespace

TEST_CASE("a restored database is the backup, private, and the previous one is kept") {
  Restorable file;
  const std::string kept = file.restore();
  CHECK(kept == file.path + keptEnding);
  CHECK(has(file.path, "ada"));
  CHECK_FALSE(has(file.path, "bob"));
  CHECK(has(kept, "bob"));
  std::string names;
  for (const auto& [name, content] : filesIn(file.directory)) names += name + " ";
  CHECK(names == std::string("auth.db auth.db") + keptEnding + " backup.db ");
  CHECK(isSound(file.path));
  struct stat status {};
  REQUIRE(::stat(file.path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("the log of the previous database is kept with it and never applied to the restored one") {
  Restorable file;
  leaveLog(file);
  const std::string kept = file.restore();
  CHECK_FALSE(std::filesystem::exists(file.log));
  CHECK_FALSE(has(file.path, "carol"));
  CHECK(has(kept, "carol"));
  CHECK(isSound(file.path));
}

TEST_CASE("a missing or damaged database can be restored, also behind a link") {
  Restorable file;
  SECTION("missing") {
    std::filesystem::remove(file.path);
    CHECK(file.restore() == "");
  }
  SECTION("missing, with a log") {
    leaveLog(file);
    std::filesystem::remove(file.path);
    CHECK(file.restore() == file.path + keptEnding);
    CHECK_FALSE(std::filesystem::exists(file.log));
  }
  SECTION("overwritten") {
    std::ofstream(file.path) << "noise";
    CHECK(contentOf(file.restore()) == "noise");
  }
  std::string restored = file.path;
  SECTION("a link") {
    const std::string elsewhere = file.directory.file("elsewhere.db");
    std::filesystem::rename(file.path, elsewhere);
    std::filesystem::create_symlink(elsewhere, file.path);
    CHECK(file.restore() == elsewhere + keptEnding);
    CHECK(std::filesystem::is_symlink(file.path));
    restored = elsewhere;
  }
  CHECK(has(restored, "ada"));
}

TEST_CASE("the copy is prepared before it is in place, and the backup does not change") {
  Restorable file;
  const std::string backup = contentOf(file.backup);
  restoreBackup(file.options, file.backup, now, [&](SqliteDatabase& copy) {
    CHECK(has(file.path, "bob"));
    add(copy, "dora");
  });
  CHECK(has(file.path, "dora"));
  CHECK(contentOf(file.backup) == backup);
}

TEST_CASE("an older schema is migrated") {
  Restorable file;
  {
    std::filesystem::remove(file.backup);
    SQLite::Database old(file.backup, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec(releasedMigrations()[0]);
    old.exec("PRAGMA user_version=1");
    old.exec("PRAGMA application_id=" + std::to_string(applicationId));
    old.exec("INSERT INTO users VALUES ('user-ada', 'ada@example.org', NULL, 'hash', 0, NULL)");
  }
  file.restore();
  CHECK(has(file.path, "ada"));
}

TEST_CASE("what is not an undamaged backup is refused, and nothing changes") {
  Restorable file;
  const auto overwrite = [&](const std::string& bytes) {
    std::ofstream(file.backup, std::ios::binary) << bytes;
  };
  const auto run = [&](const std::string& sql) {
    SQLite::Database(file.backup, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
  };
  const auto expectRefusal = [&file](std::string_view reason) {
    const std::string refusal = refusalOf(file);
    INFO(refusal);
    CHECK(contains(refusal, reason));
    CHECK(contains(refusal, "backup.db") != contains(refusal, "already"));
    CHECK(has(file.path, "bob"));
  };
  SECTION("a text") {
    overwrite("this is not a database");
    expectRefusal("file is not a database");
  }
  SECTION("an empty file") {
    overwrite("");
    expectRefusal("it is not a database of this program");
  }
  SECTION("half of a backup") {
    const std::string whole = contentOf(file.backup);
    overwrite(whole.substr(0, whole.size() / 2));
    expectRefusal("malformed");
  }
  SECTION("a damaged page") {
    std::string bytes = contentOf(file.backup);
    bytes.replace(4096, 100, 100, 'x');
    overwrite(bytes);
    expectRefusal("damaged");
  }
  SECTION("the database of another program") {
    std::filesystem::remove(file.backup);
    run("CREATE TABLE users (id TEXT); PRAGMA user_version=2");
    expectRefusal("it is not a database of this program");
  }
  SECTION("a test database") {
    run("PRAGMA application_id=" + std::to_string(testApplicationId));
    expectRefusal("it is a test database, made by auth-server stub");
  }
  SECTION("a newer schema") {
    run("PRAGMA user_version=9999");
    expectRefusal("it has schema version 9999");
  }
  SECTION("a file with a log beside it") {
    std::ofstream(file.backup + "-wal") << "changes that the file lacks";
    expectRefusal("there is a log beside it");
  }
  SECTION("the database itself") {
    std::filesystem::remove(file.backup);
    std::filesystem::create_hard_link(file.path, file.backup);
    expectRefusal("it is the database itself");
  }
  SECTION("a directory") {
    std::filesystem::remove(file.backup);
    std::filesystem::create_directory(file.backup);
    expectRefusal("it is not a regular file");
  }
  SECTION("nothing") {
    std::filesystem::remove(file.backup);
    expectRefusal("No such file");
  }
  SECTION("a name for the previous database that is taken") {
    std::ofstream(file.path + keptEnding) << "an earlier restore";
    expectRefusal("there is already a file");
  }
}

TEST_CASE("if the preparation fails, or the renames do, nothing changes") {
  Restorable file;
  leaveLog(file);
  const auto before = filesIn(file.directory);
  SECTION("the preparation") {
    const auto broken = [](SqliteDatabase&) { throw std::runtime_error("no"); };
    CHECK_THROWS_AS(restoreBackup(file.options, file.backup, now, broken), std::runtime_error);
    CHECK(filesIn(file.directory) == before);
  }
  SECTION("the second rename") {
    std::ofstream(file.path + keptEnding + "-wal") << "taken";
    CHECK_THROWS_AS(file.restore(), StoreError);
    std::filesystem::remove(file.path + keptEnding + "-wal");
    CHECK(filesIn(file.directory) == before);
  }
  SECTION("the last rename") {
    std::filesystem::create_directories(file.path + "-shm");
    CHECK_THROWS_AS(file.restore(), StoreError);
    std::filesystem::remove(file.path + "-shm");
    CHECK(filesIn(file.directory) == before);
  }
}

}  // namespace glitch_protocol::store
