// Tests the store on a failing disk: the n-th write, sync, truncation, opening or read fails for n = 1, 2,
// ... until none fails any more, and the promises are checked after each.
#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "engine/errors.h"
#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"
#include "tests/faults/failing_vfs.h"
#include "tests/support/temporary_directory.h"

namespace glitch_protocol::store {

using namespace sample;

namespace {

SqliteOptions optionsFor(const std::string& path, const FailingVfs& vfs) {
  SqliteOptions options;
  options.path = path;
  options.vfs = vfs.name();
  // So that checkpoints fail too.
  options.checkpointPages = 10;
  return options;
}

void addLineage(Writer& writer) {
  writer.users().insert(user("ada"));
  writer.sessions().insert(session("ada", "laptop"));
  writer.lineages().insert(lineage("laptop", 1));
}

/// Advances lineage 1 and records it in a second table, so that half a transaction would be visible. False on
/// StoreError.
bool advance(DatabaseAdapter& database) {
  try {
    database.write([](Writer& writer) {
      writer.lineages().advance(lineageId(1), writer.lineages().find(lineageId(1))->counter, at(1), at(1000));
      writer.audit().insert(auditEvent(UserId("user-ada"), "COUNTED", at(1)));
    });
    return true;
  } catch (const StoreError&) {
    return false;
  }
}

/// What a new process reads from the file.
struct Found {
  std::uint64_t counter = 0;
  std::size_t events = 0;
  std::string integrity;
  bool foreignKeysHold = false;
  bool operator==(const Found&) const = default;
};

Found inspect(const std::string& path, const FailingVfs& vfs) {
  const SqliteOptions options = optionsFor(path, vfs);
  Found found;
  {
    SqliteDatabase database(options);
    database.read([&](Reader& reader) {
      found.counter = reader.lineages().find(lineageId(1))->counter;
      found.events = reader.audit().list(UserId("user-ada"), 10'000).size();
    });
  }
  SQLite::Database plain(path, SQLite::OPEN_READONLY, 0, vfs.name());
  found.integrity = plain.execAndGet("PRAGMA integrity_check").getString();
  SQLite::Statement check(plain, "PRAGMA foreign_key_check");
  found.foreignKeysHold = !check.executeStep();
  return found;
}

/// The current files, copied to another name.
void copyWithLog(const std::string& from, const std::string& to) {
  for (const char* ending : {"", "-wal"}) std::filesystem::copy_file(from + ending, to + ending);
  std::filesystem::permissions(to, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace

TEST_CASE(
    "when any disk operation fails once, acknowledged writes are kept and refused ones have not happened") {
  const auto fault =
      GENERATE(DiskFault::full, DiskFault::shortWrite, DiskFault::ioError, DiskFault::unreadable);
  const TemporaryDirectory directory;
  FailingVfs vfs;
  std::uint64_t wrong = 0;
  std::uint64_t n = 1;
  for (bool failed = true; failed; ++n) {
    const std::string path = directory.file("once-" + std::to_string(n));
    std::uint64_t acknowledged = 0;
    {
      SqliteDatabase database(optionsFor(path, vfs));
      database.write(addLineage);
      vfs.failNth(n, fault);
      for (int i = 0; i < 8; ++i)
        if (advance(database)) ++acknowledged;
      failed = vfs.failures() > 0;
      vfs.recover();
      // One failure refuses at most one write, and the next one succeeds.
      if (acknowledged < 7 || !advance(database)) ++wrong;
      ++acknowledged;
    }
    if (inspect(path, vfs) != Found{acknowledged, acknowledged, "ok", true}) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(n > 10);
}

TEST_CASE(
    "when the disk fails permanently, acknowledged writes are kept, and writing resumes when it recovers") {
  const auto fault =
      GENERATE(DiskFault::full, DiskFault::shortWrite, DiskFault::ioError, DiskFault::unreadable);
  const TemporaryDirectory directory;
  FailingVfs vfs;
  std::uint64_t wrong = 0;
  std::uint64_t n = 1;
  for (bool failed = true; failed; ++n) {
    const std::string path = directory.file("for-good-" + std::to_string(n));
    std::uint64_t acknowledged = 0;
    {
      SqliteDatabase database(optionsFor(path, vfs));
      database.write(addLineage);
      vfs.failFromNth(n, fault);
      for (int i = 0; i < 6; ++i)
        if (advance(database)) ++acknowledged;
      failed = vfs.failures() > 0;
      // While it lasts the store is not ready, and only operations without disk access succeed.
      if (failed && fault != DiskFault::unreadable) {
        bool ready = true;
        try {
          database.probeWrite();
        } catch (const StoreError&) {
          ready = false;
        }
        if (ready || advance(database)) ++wrong;
      }
      vfs.recover();
      if (!advance(database)) ++wrong;
      ++acknowledged;
    }
    if (inspect(path, vfs) != Found{acknowledged, acknowledged, "ok", true}) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(n > 10);
}

TEST_CASE("a first start that a disk failure interrupts is an outage, and the next start completes it") {
  const auto fault =
      GENERATE(DiskFault::full, DiskFault::shortWrite, DiskFault::ioError, DiskFault::unreadable);
  const TemporaryDirectory directory;
  FailingVfs vfs;
  std::uint64_t wrong = 0;
  std::uint64_t n = 1;
  for (bool failed = true; failed; ++n) {
    const std::string path = directory.file("start-" + std::to_string(n));
    vfs.failFromNth(n, fault);
    try {
      SqliteDatabase database(optionsFor(path, vfs));
    } catch (const StoreError&) {
    }
    failed = vfs.failures() > 0;
    vfs.recover();
    {
      SqliteDatabase database(optionsFor(path, vfs));
      database.write(addLineage);
    }
    if (inspect(path, vfs) != Found{0, 0, "ok", true}) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(n > 10);
}

TEST_CASE("after a failed sync, no answer depends on the data of that sync") {
  const TemporaryDirectory directory;
  FailingVfs vfs;
  std::uint64_t wrong = 0;
  std::uint64_t n = 1;
  for (bool failed = true; failed; ++n) {
    CAPTURE(n);
    const std::string path = directory.file("unsynced-" + std::to_string(n));
    std::uint64_t acknowledged = 0;
    {
      SqliteDatabase database(optionsFor(path, vfs));
      database.write(addLineage);
      vfs.failNth(n, DiskFault::unsynced);
      for (int i = 0; i < 6; ++i)
        if (advance(database)) ++acknowledged;
      failed = vfs.failures() > 0;
      if (acknowledged < 5) ++wrong;
      // A copy, since closing would move the write-ahead log into the database file.
      copyWithLog(path, path + "-lost");
      vfs.powerLoss(path, path + "-lost");
    }
    vfs.recover();
    if (inspect(path + "-lost", vfs) != Found{acknowledged, acknowledged, "ok", true}) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(n > 5);
}

TEST_CASE("after a failed sync, writes are outages until a reader that uses the log has finished") {
  const TemporaryDirectory directory;
  FailingVfs vfs;
  const std::string path = directory.file("held");
  SqliteDatabase database(optionsFor(path, vfs));
  database.write(addLineage);
  REQUIRE(advance(database));
  bool refused = false;
  database.read([&](Reader& reader) {
    reader.lineages().find(lineageId(1));
    std::thread([&] {
      vfs.failNth(1, DiskFault::unsynced);
      refused = !advance(database) && !advance(database);
    }).join();
  });
  CHECK(refused);
  CHECK(advance(database));
  CHECK(advance(database));
}

}  // namespace glitch_protocol::store
