// Tests backups: what they contain, and what a failed one leaves.
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "engine/errors.h"
#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"
#include "tests/support/database_file.h"

namespace glitch_protocol::store {

using namespace sample;

namespace {

std::size_t filesIn(const TemporaryDirectory& directory) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory.path()),
                                                std::filesystem::directory_iterator{}));
}

/// Whether the database `path` has as many events as its lineage's counter says: advance() changes both together.
bool isConsistent(const std::string& path) {
  SqliteDatabase database(optionsFor(path));
  bool consistent = false;
  database.read([&](Reader& reader) {
    const auto lineage = reader.lineages().find(lineageId(1));
    consistent = lineage && reader.audit().list(UserId("user-ada"), 1'000'000).size() == lineage->counter;
  });
  return consistent;
}

void addLineage(DatabaseAdapter& database) {
  database.write([](Writer& writer) {
    writer.users().insert(user("ada"));
    writer.sessions().insert(session("ada", "laptop"));
    writer.lineages().insert(lineage("laptop", 1));
  });
}

void advance(DatabaseAdapter& database) {
  database.write([](Writer& writer) {
    writer.lineages().advance(lineageId(1), writer.lineages().find(lineageId(1))->counter, at(1), at(1000));
    writer.audit().insert(auditEvent(UserId("user-ada"), "ROTATED", at(1)));
  });
}

}  // namespace

TEST_CASE("backups under load are complete, undamaged, consistent, and accessible only to their owner") {
  const DatabaseFile file;
  SqliteDatabase server(file.options);
  SqliteDatabase command(file.options);
  addLineage(server);
  std::atomic<bool> done{false};
  std::vector<std::thread> writers;
  for (int number = 0; number < 2; ++number) {
    writers.emplace_back([&] {
      while (!done) advance(server);
    });
  }
  const mode_t mask = ::umask(0);
  for (int i = 0; i < 5; ++i) {
    server.backup(file.directory.file("server" + std::to_string(i)));
    command.backup(file.directory.file("command" + std::to_string(i)));
  }
  ::umask(mask);
  done = true;
  for (std::thread& writer : writers) writer.join();

  for (const std::string name : {"server", "command"}) {
    for (int i = 0; i < 5; ++i) {
      CAPTURE(i);
      const std::string path = file.directory.file(name + std::to_string(i));
      struct stat status {};
      REQUIRE(::stat(path.c_str(), &status) == 0);
      CHECK((status.st_mode & 07777) == 0600);
      CHECK(isConsistent(path));
      CHECK(isSound(path));
    }
  }
}

TEST_CASE("a backup that fails overwrites no file and leaves none behind") {
  const DatabaseFile file;
  SqliteDatabase database(file.options);
  addLineage(database);
  const std::string target = file.directory.file("backup.db");
  SECTION("an existing file") {
    database.backup(target);
    const auto written = std::filesystem::last_write_time(target);
    const std::size_t files = filesIn(file.directory);
    CHECK_THROWS_AS(database.backup(target), StoreError);
    CHECK(std::filesystem::last_write_time(target) == written);
    CHECK(filesIn(file.directory) == files);
  }
  SECTION("a symbolic link, even to a missing file") {
    std::filesystem::create_symlink(file.directory.file("elsewhere"), target);
    CHECK_THROWS_AS(database.backup(target), StoreError);
    CHECK_FALSE(std::filesystem::exists(file.directory.file("elsewhere")));
  }
  SECTION("the database itself") {
    CHECK_THROWS_AS(database.backup(file.path), StoreError);
  }
  SECTION("a missing directory") {
    CHECK_THROWS_AS(database.backup(file.directory.file("none/backup.db")), StoreError);
  }
  SECTION("an empty name") {
    CHECK_THROWS_AS(database.backup(""), StoreError);
  }
}

TEST_CASE("a backup of a database in memory is a database file") {
  const TemporaryDirectory directory;
  const auto database = SqliteDatabase::inMemory();
  addLineage(*database);
  advance(*database);
  database->backup(directory.file("backup.db"));
  CHECK(isConsistent(directory.file("backup.db")));
}

}  // namespace glitch_protocol::store
