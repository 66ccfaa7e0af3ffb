// The part of the database contract about transactions and threads.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "engine/errors.h"
#include "tests/catch.h"
#include "tests/contract/contract.h"
#include "tests/contract/sample_rows.h"
#include "tests/contract/stored_rows.h"
#include "tests/support/waiting.h"

namespace glitch_protocol::contract {

using namespace sample;

namespace {

/// An exception type that no adapter can know.
struct OwnException {};

/// A change of every kind.
void changeEverything(Writer& writer) {
  User renamed = user("ada");
  renamed.email = "countess@example.org";
  writer.users().update(renamed);
  writer.sessions().touch(laptop, at(77));
  writer.sessions().extend(laptop, at(7777));
  writer.sessions().setSocketId(laptop, SocketId("socket-1"));
  writer.lineages().advance(lineageId(1), 0, at(77), at(7777));
  writer.sessions().insert(session("ada", "tablet"));
  writer.lineages().insert(lineage("tablet", 2));
  writer.sessions().end(laptop, at(78), "logout");
  writer.audit().insert(auditEvent(ada, "LOGGED_OUT", at(78)));
  writer.sessions().purgeEnded(at(1000), 10);
  writer.users().insert(user("bob"));
  writer.users().remove(ada);
}

std::unique_ptr<DatabaseAdapter> withOneSession(const MakeDatabase& make) {
  auto database = make();
  database->write([](Writer& writer) {
    writer.users().insert(user("ada"));
    writer.sessions().insert(session("ada", "laptop"));
    writer.lineages().insert(lineage("laptop", 1));
    writer.audit().insert(auditEvent(ada, "REGISTERED", at(0)));
  });
  return database;
}

/// Advances lineage 1 by one, in one transaction.
void increment(DatabaseAdapter& database) {
  database.write([](Writer& writer) {
    const std::uint64_t counter = writer.lineages().find(lineageId(1))->counter;
    writer.lineages().advance(lineageId(1), counter, at(1), at(1000));
  });
}

std::uint64_t counterOf(DatabaseAdapter& database) {
  return readFrom(database, [](Reader& reader) { return reader.lineages().find(lineageId(1)); })->counter;
}

}  // namespace

void databaseRunsTransactions(const MakeDatabase& make) {
  const auto database = withOneSession(make);
  const std::string before = everythingAbout(*database, ada);

  SECTION("a function that throws changes nothing, and its exception passes through") {
    CHECK_THROWS_AS(database->write([](Writer& writer) {
      changeEverything(writer);
      throw OwnException{};
    }),
                    OwnException);
    CHECK(everythingAbout(*database, ada) == before);
    CHECK_FALSE(readFrom(*database, [](Reader& reader) { return reader.users().find(UserId("user-bob")); }));
  }
  SECTION("a function that returns has made all its changes") {
    database->write(changeEverything);
    CHECK(readFrom(*database, [](Reader& reader) { return reader.users().find(UserId("user-bob")); }));
    CHECK_FALSE(readFrom(*database, [](Reader& reader) { return reader.users().find(ada); }));
  }
  SECTION("a function sees its own changes") {
    std::vector<bool> seen;
    database->write([&](Writer& writer) {
      seen.clear();
      writer.users().insert(user("bob"));
      seen.push_back(writer.users().findByEmail("bob@example.org").has_value());
      writer.sessions().insert(session("bob", "desk"));
      seen.push_back(writer.sessions().listLive(UserId("user-bob"), at(0)).size() == 1);
      writer.sessions().end(SessionId("session-desk"), at(1), "logout");
      seen.push_back(writer.sessions().listLive(UserId("user-bob"), at(0)).empty());
      writer.lineages().advance(lineageId(1), 0, at(1), at(1000));
      seen.push_back(writer.lineages().find(lineageId(1))->counter == 1);
    });
    CHECK(seen == std::vector<bool>{true, true, true, true});
  }
  SECTION("an error of one primitive rolls back the whole function, and the next one works") {
    CHECK_THROWS_AS(database->write([](Writer& writer) {
      writer.sessions().touch(laptop, at(50));
      writer.sessions().insert(session("ada", "laptop"));
    }),
                    StoreError);
    CHECK(everythingAbout(*database, ada) == before);
    CHECK_NOTHROW(
        database->write([](Writer& writer) { writer.sessions().insert(session("ada", "tablet")); }));
  }
  SECTION("an exception in a read passes through, and the next read works") {
    CHECK_THROWS_AS(database->read([](Reader& reader) {
      reader.users().find(ada);
      throw OwnException{};
    }),
                    OwnException);
    CHECK(everythingAbout(*database, ada) == before);
  }
  SECTION(
      "a transaction inside a transaction of the same database is refused at once, and the next one works") {
    const auto read = [&] { database->read([](Reader&) {}); };
    const auto write = [&] { database->write([](Writer&) {}); };
    CHECK_THROWS_AS(database->write([&](Writer&) { write(); }), std::logic_error);
    CHECK_THROWS_AS(database->write([&](Writer&) { read(); }), std::logic_error);
    CHECK_THROWS_AS(database->read([&](Reader&) { write(); }), std::logic_error);
    CHECK_THROWS_AS(database->read([&](Reader&) { read(); }), std::logic_error);
    CHECK_NOTHROW(write());
    CHECK_NOTHROW(read());
    CHECK(everythingAbout(*database, ada) == before);
  }
  SECTION("a transaction of another database inside a transaction is allowed") {
    const auto other = withOneSession(make);
    CHECK_NOTHROW(database->write([&](Writer&) { other->write([](Writer&) {}); }));
  }
  SECTION("a function that runs again begins with the state before its first run") {
    const bool took = writeTo(*database, [](Writer& writer) {
      return writer.lineages().advance(lineageId(1), 0, at(1), at(1000));
    });
    CHECK(took);
    CHECK(counterOf(*database) == 1);
  }
  SECTION("every increment of 8 threads counts once, and a read after a write sees it") {
    std::atomic<int> unseen{0};
    atOnce(8, [&](std::size_t) {
      for (int i = 0; i < 50; ++i) {
        std::uint64_t mine = 0;
        database->write([&](Writer& writer) {
          mine = writer.lineages().find(lineageId(1))->counter + 1;
          writer.lineages().advance(lineageId(1), mine - 1, at(1), at(1000));
        });
        if (counterOf(*database) < mine) ++unseen;
      }
    });
    CHECK(counterOf(*database) == 400);
    CHECK(unseen == 0);
  }
  SECTION("with several threads, functions that throw change nothing and all others count") {
    std::atomic<int> thrown{0};
    atOnce(8, [&](std::size_t number) {
      for (int i = 0; i < 50; ++i) {
        if (number % 2 == 0) {
          increment(*database);
          continue;
        }
        try {
          database->write([](Writer& writer) {
            writer.lineages().advance(lineageId(1), writer.lineages().find(lineageId(1))->counter, at(1),
                                      at(1000));
            writer.audit().insert(auditEvent(ada, "UNDONE", at(1)));
            throw OwnException{};
          });
        } catch (const OwnException&) {
          ++thrown;
        }
      }
    });
    CHECK(thrown == 200);
    CHECK(counterOf(*database) == 200);
    CHECK(readFrom(*database, [](Reader& reader) { return reader.audit().list(ada, 10); }).size() == 1);
  }
  SECTION("a read sees one state throughout, however many writes are made meanwhile") {
    std::atomic<bool> done{false};
    std::atomic<int> torn{0};
    std::thread reading([&] {
      while (!done) {
        database->read([&](Reader& reader) {
          const std::uint64_t first = reader.lineages().find(lineageId(1))->counter;
          const std::size_t events = reader.audit().list(ada, 1000).size();
          if (events != first + 1 || reader.lineages().find(lineageId(1))->counter != first) ++torn;
        });
      }
    });
    for (int i = 0; i < 100; ++i) {
      database->write([](Writer& writer) {
        writer.lineages().advance(lineageId(1), writer.lineages().find(lineageId(1))->counter, at(1),
                                  at(1000));
        writer.audit().insert(auditEvent(ada, "COUNTED", at(1)));
      });
    }
    done = true;
    reading.join();
    CHECK(torn == 0);
    CHECK(counterOf(*database) == 100);
  }
}

}  // namespace glitch_protocol::contract
