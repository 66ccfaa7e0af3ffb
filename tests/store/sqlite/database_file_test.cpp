// Tests which files are refused as a database, and that they stay as they are.
#include "store/sqlite/database_file.h"

#include <SQLiteCpp/Database.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "engine/errors.h"
#include "store/sqlite/schema.h"
#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"
#include "tests/support/database_file.h"
#include "tests/support/messages.h"
#include "tests/support/temporary_directory.h"

namespace glitch_protocol::store {

using namespace sample;

namespace {

std::string contentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void writeFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
  ::chmod(path.c_str(), 0600);
}

/// Makes a database of this program with so many users.
void makeDatabase(const std::string& path, int users) {
  SqliteDatabase database(optionsFor(path));
  database.write([&](Writer& writer) {
    for (int i = 0; i < users; ++i) writer.users().insert(user("user" + std::to_string(i)));
  });
}

void makeForeignDatabase(const std::string& path, const std::string& sql) {
  SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
  ::chmod(path.c_str(), 0600);
}

/// The message with which opening `path` is refused; empty if it is not.
std::string refusal(const std::string& path) {
  return messageOf<StoreError>([&] { const SqliteDatabase database(optionsFor(path)); });
}

}  // namespace

TEST_CASE("a database in a folder that is reached through a symbolic link is used") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.file("folder"));
  std::filesystem::create_directory_symlink(directory.file("folder"), directory.file("link"));
  makeDatabase(directory.file("link/auth.db"), 1);
  CHECK(refusal(directory.file("link/auth.db")).empty());
}

TEST_CASE("a symbolic link to a database is followed") {
  const TemporaryDirectory directory;
  const std::string file = directory.file("auth.db");
  const std::string link = directory.file("link.db");
  makeDatabase(file, 2);
  std::filesystem::create_symlink(file, link);
  {
    SqliteDatabase database(optionsFor(link));
    database.write([&](Writer& writer) { writer.users().insert(user("ada")); });
  }
  CHECK(std::filesystem::is_symlink(link));
  SqliteDatabase database(optionsFor(file));
  CHECK(readFrom(database, [](Reader& reader) { return reader.users().list("", 10); }).size() == 3);
}

TEST_CASE("a path that is not a plain file path is refused") {
  for (const char* path :
       {"", ":memory:", "file:auth.db", "file:x?mode=memory", "file::memory:?cache=shared"}) {
    CAPTURE(path);
    CHECK_FALSE(refusal(path).empty());
  }
  CHECK(contains(refusal(std::string("a\0b", 3)), "NUL"));
}

TEST_CASE("a foreign or damaged file is refused with the reason and stays unchanged") {
  const DatabaseFile file;
  const std::string& path = file.path;
  const auto isRefusedWith = [&](const std::string& reason) {
    const std::string before = contentOf(path);
    CHECK(contains(refusal(path), reason));
    CHECK(contentOf(path) == before);
  };

  SECTION("a text file") {
    writeFile(path, std::string(5000, 'x'));
    isRefusedWith("not a database");
  }
  SECTION("a few bytes") {
    writeFile(path, "x");
    isRefusedWith("not a database");
  }
  SECTION("a text file that begins like a database") {
    writeFile(path, std::string("SQLite format 3\0", 16) + std::string(5000, 'x'));
    isRefusedWith("belongs to another program");
  }
  SECTION("another program's database, without an application id") {
    makeForeignDatabase(path, "CREATE TABLE notes (text)");
    isRefusedWith("belongs to another program");
  }
  SECTION("another program's database in WAL mode") {
    makeForeignDatabase(path, "PRAGMA journal_mode=WAL; CREATE TABLE notes (text)");
    isRefusedWith("belongs to another program");
  }
  SECTION("another program's database, with an application id") {
    makeForeignDatabase(path, "PRAGMA application_id=7; CREATE TABLE notes (text)");
    isRefusedWith("belongs to another program");
  }
  SECTION("a newer version's database") {
    makeDatabase(path, 1);
    SQLite::Database(path, SQLite::OPEN_READWRITE)
        .exec("PRAGMA user_version=" + std::to_string(currentSchemaVersion() + 1));
    isRefusedWith("schema version " + std::to_string(currentSchemaVersion() + 1));
  }
  SECTION("a small database whose end is missing") {
    makeDatabase(path, 100);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 4096);
    isRefusedWith("database");
  }
  SECTION("a large database whose end is missing") {
    makeDatabase(path, 20'000);
    REQUIRE(std::filesystem::file_size(path) > 2'000'000);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 4096);
    isRefusedWith("database");
  }
  SECTION("a database with a destroyed page") {
    makeDatabase(path, 100);
    std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(2 * 4096)
        << std::string(64, '\xEE');
    isRefusedWith("damaged");
  }
  SECTION("a database that other users may read") {
    makeDatabase(path, 1);
    ::chmod(path.c_str(), 0640);
    isRefusedWith("chmod 600");
  }
}

TEST_CASE("a directory is refused as a database") {
  const TemporaryDirectory directory;
  CHECK(contains(refusal(directory.path().string()), "not a regular file"));
}

TEST_CASE("a database that cannot be created is refused with the reason") {
  const TemporaryDirectory directory;
  CHECK(contains(refusal(directory.file("none/auth.db")), "No such file or directory"));
}

TEST_CASE("a log whose database is missing or empty is refused and not deleted") {
  const DatabaseFile file;
  const std::string& path = file.path;
  writeFile(file.log, "the only copy of something");
  SECTION("missing") {
    CHECK(contains(refusal(path), "restore"));
    CHECK_FALSE(std::filesystem::exists(path));
  }
  SECTION("empty") {
    writeFile(path, "");
    CHECK(contains(refusal(path), "restore"));
  }
  CHECK(contentOf(file.log) == "the only copy of something");
}

TEST_CASE("an empty file with an empty log is accepted") {
  const DatabaseFile file;
  const std::string& path = file.path;
  writeFile(path, "");
  writeFile(file.log, "");
  CHECK(refusal(path) == "");
}

TEST_CASE("changes that a killed process left in the log are kept") {
  const DatabaseFile file;
  const std::string& path = file.path;
  makeDatabase(path, 0);
  SqliteDatabase running(optionsFor(path));
  addUser(running, "ada");
  // A copy of both files while nothing is written is what a crash at this moment leaves.
  const std::string copy = file.directory.file("copy.db");
  std::filesystem::copy_file(path, copy);
  std::filesystem::copy_file(file.log, copy + "-wal");
  SqliteDatabase restarted(optionsFor(copy));
  CHECK(readFrom(restarted, [](Reader& reader) { return reader.users().find(UserId("user-ada")); }));
}

}  // namespace glitch_protocol::store
