// Tests every adapter of the project, the fakes included, against the contract of its port.
#include <memory>
#include <utility>

#include "engine/errors.h"
#include "store/memory_cache.h"
#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/contract/contract.h"
#include "tests/contract/sample_rows.h"
#include "tests/support/database_file.h"
#include "tests/support/failing_database.h"
#include "tests/support/fake_cache.h"
#include "tests/support/memory_database.h"
#include "tests/support/recording_broadcaster.h"
#include "tests/support/temporary_directory.h"

namespace glitch_protocol {
namespace {

/// A FailingDatabase that owns the database behind it.
class OwningFailingDatabase : public DatabaseAdapter {
 public:
  void read(const std::function<void(Reader&)>& look) override { failing_.read(look); }
  void write(const std::function<void(Writer&)>& change) override { failing_.write(change); }

 private:
  MemoryDatabase memory_;
  FailingDatabase failing_{memory_};
};

/// The no-op cache, which is one object for the whole process, for tests that own their cache.
class BorrowedCache : public CacheAdapter {
 public:
  std::optional<std::string> get(std::string_view key) override { return noopCache().get(key); }
  void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) override {
    noopCache().set(key, value, ttl);
  }
  void remove(std::string_view key) override { noopCache().remove(key); }
  void removeMany(const std::vector<std::string>& keys) override { noopCache().removeMany(keys); }
  bool acquireLock(std::string_view name, std::chrono::milliseconds ttl) override {
    return noopCache().acquireLock(name, ttl);
  }
  void releaseLock(std::string_view name) override { noopCache().releaseLock(name); }
  bool isAvailable() const override { return noopCache().isAvailable(); }
};

}  // namespace

TEST_CASE("the SQLite database keeps the database contract", "[contract]") {
  const TemporaryDirectory directory;
  int number = 0;
  contract::databaseKeepsItsContract([&] {
    const std::string path = directory.file("auth" + std::to_string(++number) + ".db");
    return std::make_unique<store::SqliteDatabase>(store::optionsFor(path));
  });
}

TEST_CASE("the SQLite database in memory keeps the database contract", "[contract]") {
  contract::databaseKeepsItsContract([] { return store::SqliteDatabase::inMemory(); });
}

TEST_CASE("the SQLite database, in a file and in memory, is operable", "[contract]") {
  const TemporaryDirectory directory;
  int number = 0;
  const auto freeFile = [&] { return directory.file(std::to_string(++number) + ".db"); };
  SECTION("in a file") {
    contract::databaseIsOperable(
        [&] { return std::make_unique<store::SqliteDatabase>(store::optionsFor(freeFile())); }, freeFile);
  }
  SECTION("in memory") {
    contract::databaseIsOperable([] { return store::SqliteDatabase::inMemory(); }, freeFile);
  }
}

TEST_CASE("the memory database keeps the database contract", "[contract]") {
  contract::databaseKeepsItsContract([] { return std::make_unique<MemoryDatabase>(); });
}

TEST_CASE("the failing database keeps the database contract while it does not fail", "[contract]") {
  contract::databaseKeepsItsContract([] { return std::make_unique<OwningFailingDatabase>(); });
}

TEST_CASE("the failing database fails at each step in turn, and nothing changes", "[contract]") {
  MemoryDatabase memory;
  FailingDatabase database(memory);
  database.write([](Writer& writer) { writer.users().insert(sample::user("ada")); });
  const UserId ada("user-ada");
  const std::string before = sample::everythingAbout(memory, ada);
  const auto change = [](Writer& writer) {
    writer.sessions().insert(sample::session("ada", "laptop"));
    writer.lineages().insert(sample::lineage("laptop", 1));
    writer.audit().insert(sample::auditEvent(UserId("user-ada"), "LOGIN_SUCCEEDED", sample::at(1)));
  };

  std::uint64_t n = 1;
  for (bool failed = true; failed; ++n) {
    CAPTURE(n);
    database.failNthWriteStep(n);
    try {
      database.write(change);
      failed = false;
    } catch (const StoreError&) {
      CHECK(sample::everythingAbout(memory, ada) == before);
      CHECK(database.steps() == n);
    }
  }
  // Three primitives and the commit have failed in each of the two runs of the function; the ninth write has not
  // failed.
  CHECK(n == 10);
  CHECK(database.failures() == 0);
  CHECK(sample::everythingAbout(memory, ada) != before);
}

TEST_CASE("the failing database rolls back a transaction whose function catches the failure", "[contract]") {
  MemoryDatabase memory;
  FailingDatabase database(memory);
  database.failNthWriteStep(1);
  CHECK_THROWS_AS(database.write([](Writer& writer) {
    try {
      writer.users().insert(sample::user("ada"));
    } catch (const StoreError&) {
    }
    writer.users().insert(sample::user("bob"));
  }),
                  StoreError);
  CHECK(sample::readFrom(memory, [](Reader& reader) { return reader.users().list("", 10); }).empty());
}

TEST_CASE("the failing database fails all calls, or all reads, until it recovers", "[contract]") {
  MemoryDatabase memory;
  FailingDatabase database(memory);
  const auto look = [](Reader&) {};
  const auto change = [](Writer&) {};
  database.failReads();
  CHECK_THROWS_AS(database.read(look), StoreError);
  CHECK_NOTHROW(database.write(change));
  database.failAll();
  CHECK_THROWS_AS(database.write(change), StoreError);
  database.recover();
  CHECK_NOTHROW(database.read(look));
  CHECK_NOTHROW(database.write(change));
  CHECK(database.reads() == 2);
  CHECK(database.writes() == 3);
  // The first write has two steps: the commits of the two runs of its function.
  database.failFromNthWriteStep(3);
  CHECK_NOTHROW(database.write(change));
  CHECK_THROWS_AS(database.write(change), StoreError);
  CHECK_THROWS_AS(database.write(change), StoreError);
}

TEST_CASE("the memory cache keeps the cache contract", "[contract]") {
  const auto make = [](ManualClock& clock) { return std::make_unique<store::MemoryCache>(clock); };
  SECTION("it is never wrong") {
    contract::cacheIsNeverWrong(make);
  }
  SECTION("it remembers") {
    contract::cacheRemembers(make);
  }
}

TEST_CASE("the fake cache keeps the cache contract", "[contract]") {
  const auto make = [](ManualClock& clock) { return std::make_unique<FakeCache>(clock); };
  SECTION("it is never wrong") {
    contract::cacheIsNeverWrong(make);
  }
  SECTION("it remembers") {
    contract::cacheRemembers(make);
  }
}

TEST_CASE("the fake cache grants a lock once, and keeps nothing while it is unavailable", "[contract]") {
  ManualClock clock;
  FakeCache cache(clock);
  CHECK(cache.acquireLock("cleanup", std::chrono::seconds{60}));
  CHECK_FALSE(cache.acquireLock("cleanup", std::chrono::seconds{60}));
  cache.set("key", "value", std::chrono::hours{1});
  cache.setAvailable(false);
  CHECK_FALSE(cache.isAvailable());
  cache.set("other", "value", std::chrono::hours{1});
  cache.setAvailable(true);
  CHECK_FALSE(cache.get("key"));
  CHECK_FALSE(cache.get("other"));
}

TEST_CASE("the no-op cache is never wrong", "[contract]") {
  contract::cacheIsNeverWrong([](ManualClock&) { return std::make_unique<BorrowedCache>(); });
}

TEST_CASE("broadcasters without subscribers accept every event", "[contract]") {
  RecordingBroadcaster recording;
  SECTION("the recording one") {
    contract::broadcasterAcceptsEverything(recording);
  }
  SECTION("the no-op one") {
    contract::broadcasterAcceptsEverything(noopBroadcaster());
  }
}

TEST_CASE("the recording broadcaster finds events by type and by target", "[contract]") {
  RecordingBroadcaster broadcaster;
  const UserId ada("user-ada");
  broadcaster.emitToUser(ada, SessionTerminatedEvent{SessionId("s1"), "logout"});
  broadcaster.emitToSocket(SocketId("user-ada"), SessionTerminatedEvent{SessionId("s2"), "expired"});
  broadcaster.emitToUser(ada, SessionsUpdatedEvent{});
  CHECK(broadcaster.size() == 3);
  CHECK(broadcaster.count<SessionTerminatedEvent>() == 2);
  CHECK(broadcaster.count<SessionNewEvent>() == 0);
  CHECK(broadcaster.allTo<SessionTerminatedEvent>(ada).size() == 1);
  CHECK(broadcaster.last<SessionTerminatedEvent>()->reason == "expired");
  broadcaster.clear();
  CHECK(broadcaster.size() == 0);
}

}  // namespace glitch_protocol
