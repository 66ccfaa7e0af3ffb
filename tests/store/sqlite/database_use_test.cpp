// Tests that a database for production is not opened for tests, or the other way round, and that a refused file stays
// unchanged.
#include <SQLiteCpp/Database.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "engine/errors.h"
#include "store/sqlite/schema.h"
#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"
#include "tests/support/messages.h"
#include "tests/support/temporary_directory.h"

namespace glitch_protocol::store {

using namespace sample;

namespace {

SqliteOptions optionsFor(const std::string& path, DatabaseUse use) {
  SqliteOptions options;
  options.path = path;
  options.use = use;
  return options;
}

void makeDatabase(const std::string& path, DatabaseUse use) {
  SqliteDatabase database(optionsFor(path, use));
  database.write([](Writer& writer) { writer.users().insert(user("ada")); });
}

/// The names and contents of all files in the directory.
std::map<std::string, std::string> filesIn(const TemporaryDirectory& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    std::ifstream file(entry.path(), std::ios::binary);
    files[entry.path().filename()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return files;
}

}  // namespace

namespace {

/// A file that no stub has made, and the reason with which it is refused.
struct ForeignFile {
  const char* name;
  void (*make)(const TemporaryDirectory& directory, const std::string& path);
  const char* reason;
};

/// A database as left by a process that is killed before its first checkpoint: all content is in the log.
void makeKilledDatabase(const TemporaryDirectory& directory, const std::string& path, DatabaseUse use) {
  const SqliteDatabase running(optionsFor(directory.file("running.db"), use));
  for (const char* suffix : {"", "-wal"})
    std::filesystem::copy_file(directory.file("running.db") + suffix, path + suffix);
}

void makeWith(const std::string& path, const char* sql) {
  SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
}

}  // namespace

TEST_CASE("for tests every file but a test database is refused and stays unchanged") {
  const auto file = GENERATE(values<ForeignFile>({
      {"a stopped server's database",
       [](const auto&, const auto& path) { makeDatabase(path, DatabaseUse::production); },
       "belongs to a server"},
      {"a database of a server that was killed before its first checkpoint",
       [](const auto& directory, const auto& path) {
         makeKilledDatabase(directory, path, DatabaseUse::production);
       },
       "belongs to a server"},
      {"another program's database",
       [](const auto&, const auto& path) { makeWith(path, "CREATE TABLE notes (text)"); },
       "is not a test database"},
      {"another program's empty database",
       [](const auto&, const auto& path) { makeWith(path, "PRAGMA journal_mode=WAL"); },
       "is not a test database"},
      {"a text file", [](const auto&, const auto& path) { std::ofstream(path) << "my diary"; },
       "is not a test database"},
      {"an empty file", [](const auto&, const auto& path) { std::ofstream(path) << ""; },
       "is not a test database"},
  }));
  INFO(file.name);
  const TemporaryDirectory directory;
  const std::string path = directory.file("auth.db");
  file.make(directory, path);
  ::chmod(path.c_str(), 0600);

  const auto before = filesIn(directory);
  const SqliteOptions options = optionsFor(path, DatabaseUse::tests);
  for (const std::string& reason : {messageOf<StoreError>([&] { SqliteDatabase::checkFile(options); }),
                                    messageOf<StoreError>([&] { const SqliteDatabase database(options); })}) {
    CAPTURE(reason);
    CHECK(contains(reason, path + " " + file.reason));
    CHECK(contains(reason, "name a file that does not exist yet"));
  }
  CHECK(filesIn(directory) == before);
}

TEST_CASE("in production a test database is refused with that reason and stays unchanged") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("tests.db");
  const bool killed = GENERATE(false, true);
  INFO((killed ? "after a kill" : "after a clean stop"));
  killed ? makeKilledDatabase(directory, path, DatabaseUse::tests) : makeDatabase(path, DatabaseUse::tests);
  ::chmod(path.c_str(), 0600);
  const auto before = filesIn(directory);
  const SqliteOptions options = optionsFor(path, DatabaseUse::production);
  for (const std::string& reason : {messageOf<StoreError>([&] { SqliteDatabase::checkFile(options); }),
                                    messageOf<StoreError>([&] { const SqliteDatabase database(options); })}) {
    CAPTURE(reason);
    CHECK(contains(reason, path + " is a test database, made by auth-server stub"));
  }
  CHECK(filesIn(directory) == before);
}

TEST_CASE("a test database is opened for tests, also after a kill and after a restored image") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("tests.db");
  const SqliteOptions options = optionsFor(path, DatabaseUse::tests);
  makeDatabase(path, DatabaseUse::tests);
  const auto world = SqliteDatabase::inMemory(DatabaseUse::tests);
  world->write([](Writer& writer) { writer.users().insert(user("bob")); });
  {
    SqliteDatabase file(options);
    file.restore(world->image());
    world->restore(file.image());
    const std::string copy = directory.file("copy.db");
    for (const char* suffix : {"", "-wal"}) std::filesystem::copy_file(path + suffix, copy + suffix);
  }
  for (const char* name : {"tests.db", "copy.db"}) {
    CAPTURE(name);
    SqliteDatabase again(optionsFor(directory.file(name), DatabaseUse::tests));
    CHECK(readFrom(again, [](Reader& reader) { return reader.users().find(UserId("user-bob")); }));
  }
  CHECK(SQLite::Database(path, SQLite::OPEN_READONLY).execAndGet("PRAGMA application_id").getInt64() ==
        testApplicationId);
}

TEST_CASE("an image of a database for the other use is refused and changes nothing") {
  const auto server = SqliteDatabase::inMemory();
  const auto tests = SqliteDatabase::inMemory(DatabaseUse::tests);
  server->write([](Writer& writer) { writer.users().insert(user("ada")); });
  CHECK_THROWS_AS(server->restore(tests->image()), StoreError);
  CHECK_THROWS_AS(tests->restore(server->image()), StoreError);
  CHECK(readFrom(*server, [](Reader& reader) { return reader.users().find(UserId("user-ada")); }));
}

}  // namespace glitch_protocol::store
