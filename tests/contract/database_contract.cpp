#include "tests/contract/database_contract.h"

#include <limits>
#include <string>
#include <vector>

#include "engine/errors.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"

namespace glitch_protocol::contract {

using namespace sample;

namespace {

const UserId ada("user-ada");
const SessionId laptop("session-laptop");
const SessionId phone("session-phone");

template <class Row>
std::vector<std::string> names(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(row.id.str());
  return names;
}

using Names = std::vector<std::string>;

/// ada with a laptop and a phone, a lineage each (1 and 2).
std::unique_ptr<DatabaseAdapter> withTwoSessions(const MakeDatabase& make) {
  auto database = make();
  database->write([](Writer& writer) {
    writer.insertUser(user("ada"));
    writer.insertSession(session("ada", "laptop"));
    writer.insertSession(session("ada", "phone"));
    writer.insertLineage(lineage("laptop", 1));
    writer.insertLineage(lineage("phone", 2));
  });
  return database;
}

std::optional<User> findUser(DatabaseAdapter& database, const UserId& id) {
  return readFrom(database, [&](Reader& reader) { return reader.findUser(id); });
}
std::optional<Session> findSession(DatabaseAdapter& database, const SessionId& id) {
  return readFrom(database, [&](Reader& reader) { return reader.findSession(id); });
}
std::optional<Lineage> findLineage(DatabaseAdapter& database, std::uint8_t last) {
  return readFrom(database, [&](Reader& reader) { return reader.findLineage(lineageId(last)); });
}
Names liveSessions(DatabaseAdapter& database, TimePoint now) {
  return names(readFrom(database, [&](Reader& reader) { return reader.listLiveSessions(ada, now); }));
}
Names allSessions(DatabaseAdapter& database) {
  return names(readFrom(database, [](Reader& reader) { return reader.listSessions(ada); }));
}

}  // namespace

void databaseKeepsUsers(const MakeDatabase& make) {
  const auto database = make();
  User full = user("ada");
  full.name = "Ada Lovelace \xE2\x9C\x93";
  full.createdAt = at(-5);
  full.disabledAt = at(7);
  full.passwordChangedAt = at(8);

  SECTION("a user is found again, by id and by e-mail, with every field") {
    REQUIRE(writeTo(*database, [&](Writer& writer) { return writer.insertUser(full); }));
    CHECK(describe(findUser(*database, ada)) == describe(full));
    const auto byEmail =
        readFrom(*database, [](Reader& reader) { return reader.findUserByEmail("ada@example.org"); });
    CHECK(describe(byEmail) == describe(full));
  }
  SECTION("what is not there is not found") {
    CHECK_FALSE(findUser(*database, ada));
    CHECK_FALSE(
        readFrom(*database, [](Reader& reader) { return reader.findUserByEmail("ada@example.org"); }));
    CHECK(readFrom(*database, [](Reader& reader) { return reader.listUsers("", 10); }).empty());
  }
  SECTION("an e-mail is compared byte by byte") {
    database->write([](Writer& writer) { writer.insertUser(user("ada")); });
    CHECK_FALSE(
        readFrom(*database, [](Reader& reader) { return reader.findUserByEmail("Ada@example.org"); }));
    CHECK_FALSE(
        readFrom(*database, [](Reader& reader) { return reader.findUserByEmail("ada@example.org "); }));
  }
  SECTION("a taken id or e-mail is refused and changes nothing") {
    database->write([](Writer& writer) { writer.insertUser(user("ada")); });
    User sameId = user("bob");
    sameId.id = ada;
    User sameEmail = user("bob");
    sameEmail.email = "ada@example.org";
    CHECK_FALSE(writeTo(*database, [&](Writer& writer) { return writer.insertUser(sameId); }));
    CHECK_FALSE(writeTo(*database, [&](Writer& writer) { return writer.insertUser(sameEmail); }));
    CHECK(describe(findUser(*database, ada)) == describe(user("ada")));
    CHECK(names(readFrom(*database, [](Reader& reader) { return reader.listUsers("", 10); })) ==
          Names{"user-ada"});
  }
  SECTION("an update replaces every field but the creation time") {
    database->write([&](Writer& writer) { writer.insertUser(full); });
    User changed = user("ada");
    changed.email = "countess@example.org";
    changed.passwordHash = "another hash";
    changed.passwordChangedAt = at(9);
    changed.createdAt = at(999);
    REQUIRE(writeTo(*database, [&](Writer& writer) { return writer.updateUser(changed); }));
    changed.createdAt = full.createdAt;
    CHECK(describe(findUser(*database, ada)) == describe(changed));
    CHECK_FALSE(
        readFrom(*database, [](Reader& reader) { return reader.findUserByEmail("ada@example.org"); }));
  }
  SECTION("an update of nobody, or to a taken e-mail, is refused and changes nothing") {
    database->write([](Writer& writer) {
      writer.insertUser(user("ada"));
      writer.insertUser(user("bob"));
    });
    User taken = user("bob");
    taken.email = "ada@example.org";
    taken.passwordHash = "another hash";
    CHECK_FALSE(writeTo(*database, [&](Writer& writer) { return writer.updateUser(taken); }));
    CHECK_FALSE(writeTo(*database, [&](Writer& writer) { return writer.updateUser(user("eve")); }));
    CHECK(describe(findUser(*database, UserId("user-bob"))) == describe(user("bob")));
    CHECK_FALSE(findUser(*database, UserId("user-eve")));
  }
  SECTION("users are listed by e-mail, a page at a time") {
    database->write([](Writer& writer) {
      for (const char* name : {"cleo", "ada", "eve", "bob"}) writer.insertUser(user(name));
    });
    const auto page = [&](std::string_view after, std::size_t limit) {
      return names(readFrom(*database, [&](Reader& reader) { return reader.listUsers(after, limit); }));
    };
    CHECK(page("", 3) == Names{"user-ada", "user-bob", "user-cleo"});
    CHECK(page("cleo@example.org", 3) == Names{"user-eve"});
    CHECK(page("b", 1) == Names{"user-bob"});
    CHECK(page("", 0).empty());
  }
  SECTION("a deleted user takes sessions and lineages along, and leaves the history") {
    const auto filled = withTwoSessions(make);
    filled->write([](Writer& writer) { writer.insertAuditEvent(auditEvent(ada, "REGISTERED", at(1))); });
    REQUIRE(writeTo(*filled, [](Writer& writer) { return writer.deleteUser(ada); }));
    CHECK_FALSE(findUser(*filled, ada));
    CHECK_FALSE(findSession(*filled, laptop));
    CHECK_FALSE(findLineage(*filled, 1));
    CHECK(readFrom(*filled, [](Reader& reader) { return reader.listAuditEvents(ada, 10); }).size() == 1);
    CHECK_FALSE(writeTo(*filled, [](Writer& writer) { return writer.deleteUser(ada); }));
    CHECK(writeTo(*filled, [](Writer& writer) { return writer.insertUser(user("ada")); }));
  }
}

void databaseKeepsSessions(const MakeDatabase& make) {
  const auto database = withTwoSessions(make);

  SECTION("a session is found again with every field") {
    Session full = session("ada", "tablet");
    full.client = {"2001:db8::1", std::string(512, 'x')};
    full.createdAt = at(1);
    full.lastActivity = at(2);
    full.expiresAt = at(3);
    full.endedAt = at(4);
    full.endReason = "logout";
    full.socketId = SocketId("socket-1");
    full.tokensFrom = at(5);
    database->write([&](Writer& writer) { writer.insertSession(full); });
    CHECK(describe(findSession(*database, full.id)) == describe(full));
    CHECK_FALSE(findSession(*database, SessionId("session-none")));
  }
  SECTION("a session of nobody, or under a taken id, is an outage") {
    CHECK_THROWS_AS(database->write([](Writer& writer) { writer.insertSession(session("eve", "x")); }),
                    StoreError);
    CHECK_THROWS_AS(database->write([](Writer& writer) { writer.insertSession(session("ada", "phone")); }),
                    StoreError);
    CHECK_FALSE(findSession(*database, SessionId("session-x")));
  }
  SECTION("live sessions have neither ended nor expired") {
    CHECK(liveSessions(*database, at(999)) == Names{"session-laptop", "session-phone"});
    CHECK(liveSessions(*database, at(1000)).empty());
    database->write([](Writer& writer) { writer.endSession(laptop, at(5), "logout"); });
    CHECK(liveSessions(*database, at(10)) == Names{"session-phone"});
  }
  SECTION("live sessions come newest activity first, then newest creation, then by id") {
    database->write([](Writer& writer) {
      for (const char* name : {"b", "a", "c"}) {
        Session newer = session("ada", name);
        newer.createdAt = at(name[0] == 'c' ? 2 : 1);
        newer.lastActivity = at(1);
        writer.insertSession(newer);
      }
      writer.touchSession(phone, at(50));
    });
    CHECK(liveSessions(*database, at(100)) ==
          Names{"session-phone", "session-c", "session-a", "session-b", "session-laptop"});
  }
  SECTION("all sessions come by creation, then by id, ended and expired ones too") {
    database->write([](Writer& writer) {
      Session older = session("ada", "z");
      older.createdAt = at(-1);
      older.expiresAt = at(-1);
      writer.insertSession(older);
      writer.endSession(laptop, at(5), "logout");
    });
    CHECK(allSessions(*database) == Names{"session-z", "session-laptop", "session-phone"});
  }
  SECTION("nobody sees another user's sessions") {
    database->write([](Writer& writer) {
      writer.insertUser(user("bob"));
      writer.insertSession(session("bob", "desk"));
    });
    CHECK(liveSessions(*database, at(0)) == Names{"session-laptop", "session-phone"});
    CHECK(allSessions(*database) == Names{"session-laptop", "session-phone"});
  }
  SECTION("a session ends once, and the first reason stays") {
    CHECK(writeTo(*database, [](Writer& writer) { return writer.endSession(laptop, at(5), "logout"); }));
    CHECK_FALSE(
        writeTo(*database, [](Writer& writer) { return writer.endSession(laptop, at(6), "expired"); }));
    CHECK(findSession(*database, laptop)->endedAt == at(5));
    CHECK(findSession(*database, laptop)->endReason == "logout");
    CHECK_FALSE(findSession(*database, phone)->endedAt);
    CHECK_FALSE(
        writeTo(*database, [](Writer& writer) { return writer.endSession(SessionId("none"), at(5), "x"); }));
  }
  SECTION("activity only moves forward") {
    CHECK(writeTo(*database, [](Writer& writer) { return writer.touchSession(laptop, at(50)); }));
    CHECK(findSession(*database, laptop)->lastActivity == at(50));
    CHECK(writeTo(*database, [](Writer& writer) { return writer.touchSession(laptop, at(20)); }));
    CHECK(findSession(*database, laptop)->lastActivity == at(50));
  }
  SECTION("an expiry moves either way") {
    CHECK(writeTo(*database, [](Writer& writer) { return writer.extendSession(laptop, at(2000)); }));
    CHECK(findSession(*database, laptop)->expiresAt == at(2000));
    CHECK(writeTo(*database, [](Writer& writer) { return writer.extendSession(laptop, at(3)); }));
    CHECK(findSession(*database, laptop)->expiresAt == at(3));
  }
  SECTION("a session's tokens count from a later time on") {
    CHECK(writeTo(*database, [](Writer& writer) { return writer.setTokensFrom(laptop, at(50)); }));
    CHECK(findSession(*database, laptop)->tokensFrom == at(50));
    CHECK_FALSE(findSession(*database, phone)->tokensFrom);
  }
  SECTION("whether a user has a session from a place is known, ended ones included, an IPv6 /64 as one") {
    const auto has = [&](const char* name, std::string_view site) {
      return readFrom(*database, [&](Reader& reader) {
        return reader.hasSessionFrom(UserId(std::string("user-") + name), site);
      });
    };
    database->write([](Writer& writer) {
      writer.insertUser(user("bob"));
      Session away = session("bob", "tablet");
      away.client.ipAddress = "2001:db8:1:0:aaaa::7";
      writer.insertSession(away);
      Session local = session("bob", "socket");
      local.client.ipAddress = "unix";
      writer.insertSession(local);
      writer.endSession(away.id, at(5), "logout");
    });
    CHECK(has("ada", "192.0.2.1"));
    CHECK_FALSE(has("ada", "192.0.2.2"));
    CHECK_FALSE(has("ada", "2001:db8:1::"));
    CHECK(has("bob", "2001:db8:1::"));
    CHECK(has("bob", "unix"));
    CHECK_FALSE(has("bob", "2001:db8:1:0:aaaa::7"));
    CHECK_FALSE(has("bob", "2001:db8:1:1::"));
    CHECK_FALSE(has("bob", ""));
    CHECK_FALSE(has("bob", "192.0.2.1"));
    CHECK_FALSE(has("eve", "192.0.2.1"));
  }
  SECTION("an ended or unknown session is neither touched nor extended, nor are its tokens replaced") {
    database->write([](Writer& writer) { writer.endSession(laptop, at(5), "logout"); });
    const std::string before = describe(findSession(*database, laptop));
    for (const SessionId& id : {laptop, SessionId("none")}) {
      CHECK_FALSE(writeTo(*database, [&](Writer& writer) { return writer.touchSession(id, at(50)); }));
      CHECK_FALSE(writeTo(*database, [&](Writer& writer) { return writer.extendSession(id, at(5000)); }));
      CHECK_FALSE(writeTo(*database, [&](Writer& writer) { return writer.setTokensFrom(id, at(50)); }));
    }
    CHECK(describe(findSession(*database, laptop)) == before);
  }
  SECTION("those that have neither ended nor expired are counted, of all users") {
    const auto count = [&](std::int64_t now) {
      return readFrom(*database, [&](Reader& reader) { return reader.countLiveSessions(at(now)); });
    };
    database->write([](Writer& writer) {
      writer.insertUser(user("bob"));
      writer.insertSession(session("bob", "tablet"));
      writer.extendSession(phone, at(10));
    });
    CHECK(count(9) == 3);
    CHECK(count(10) == 2);
    database->write([](Writer& writer) { writer.endSession(laptop, at(5), "logout"); });
    CHECK(count(9) == 2);
    CHECK(count(1000) == 0);
  }
  SECTION("an event stream is tied to a session and untied") {
    const SocketId stream("socket-9");
    CHECK(writeTo(*database, [&](Writer& writer) { return writer.setSessionSocketId(laptop, stream); }));
    CHECK(findSession(*database, laptop)->socketId == stream);
    CHECK(writeTo(*database, [](Writer& writer) { return writer.setSessionSocketId(laptop, std::nullopt); }));
    CHECK_FALSE(findSession(*database, laptop)->socketId);
    CHECK_FALSE(writeTo(
        *database, [&](Writer& writer) { return writer.setSessionSocketId(SessionId("none"), stream); }));
  }
}

void databaseKeepsLineages(const MakeDatabase& make) {
  const auto database = withTwoSessions(make);
  const auto advance = [&](std::uint8_t last, std::uint64_t from) {
    return writeTo(*database, [&](Writer& writer) {
      return writer.advanceLineage(lineageId(last), from, at(70), at(700));
    });
  };

  SECTION("a lineage is found again with every field") {
    Lineage full = lineage("laptop", 0);
    full.id = LineageId{};  // sixteen zero bytes are as good an id as any
    full.counter = 12345678901234567890u;
    full.createdAt = at(1);
    full.rotatedAt = at(2);
    full.expiresAt = at(3);
    database->write([&](Writer& writer) { writer.insertLineage(full); });
    const auto found = readFrom(*database, [&](Reader& reader) { return reader.findLineage(full.id); });
    CHECK(describe(found) == describe(full));
    CHECK_FALSE(findLineage(*database, 99));
  }
  SECTION("a lineage of no session, or under a taken id, is an outage") {
    CHECK_THROWS_AS(database->write([](Writer& writer) { writer.insertLineage(lineage("none", 3)); }),
                    StoreError);
    CHECK_THROWS_AS(database->write([](Writer& writer) { writer.insertLineage(lineage("phone", 1)); }),
                    StoreError);
    CHECK_FALSE(findLineage(*database, 3));
    CHECK(findLineage(*database, 1)->sessionId == laptop);
  }
  SECTION("only from its present counter does a lineage advance") {
    CHECK(advance(1, 0));
    CHECK(findLineage(*database, 1)->counter == 1);
    CHECK(findLineage(*database, 1)->rotatedAt == at(70));
    CHECK(findLineage(*database, 1)->expiresAt == at(700));
    CHECK(findLineage(*database, 1)->createdAt == at(0));
    const std::string before = describe(findLineage(*database, 1));
    CHECK_FALSE(advance(1, 0));
    CHECK_FALSE(advance(1, 2));
    CHECK_FALSE(advance(99, 0));
    CHECK(describe(findLineage(*database, 1)) == before);
    CHECK(describe(findLineage(*database, 2)) == describe(lineage("phone", 2)));
  }
  SECTION("a session's lineages are removed, and nobody else's") {
    const auto remove = [&](const SessionId& session) {
      return writeTo(*database, [&](Writer& writer) { return writer.deleteLineages(session); });
    };
    database->write([](Writer& writer) { writer.insertLineage(lineage("laptop", 3)); });
    CHECK(remove(laptop) == 2);
    CHECK(remove(laptop) == 0);
    CHECK(remove(SessionId("none")) == 0);
    CHECK_FALSE(findLineage(*database, 1));
    CHECK_FALSE(findLineage(*database, 3));
    CHECK(findLineage(*database, 2));
    CHECK(findSession(*database, laptop));
    database->write([](Writer& writer) { writer.insertLineage(lineage("laptop", 1)); });
    CHECK(findLineage(*database, 1));
  }
  SECTION("the counter passes the end of the signed numbers") {
    constexpr auto last = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    Lineage old = lineage("laptop", 7);
    old.counter = last;
    database->write([&](Writer& writer) { writer.insertLineage(old); });
    CHECK(advance(7, last));
    CHECK(findLineage(*database, 7)->counter == last + 1);
    CHECK(advance(7, last + 1));
  }
}

void databaseKeepsAuditEvents(const MakeDatabase& make) {
  const auto database = make();
  const auto events = [&](const UserId& user, std::size_t limit) {
    std::vector<std::string> found;
    for (const AuditEvent& event :
         readFrom(*database, [&](Reader& reader) { return reader.listAuditEvents(user, limit); }))
      found.push_back(event.event);
    return found;
  };

  SECTION("an event is found again with every field, although no such user exists") {
    AuditEvent full = auditEvent(ada, "LOGIN_FAILED", at(3));
    full.sessionId = laptop;
    database->write([&](Writer& writer) { writer.insertAuditEvent(full); });
    const auto found = readFrom(*database, [](Reader& reader) { return reader.listAuditEvents(ada, 10); });
    REQUIRE(found.size() == 1);
    CHECK(describe(found[0]) == describe(full));
  }
  SECTION(
      "events come newest first, of one instant the last written first, and no more than asked for: a "
      "user's, or everybody's") {
    database->write([](Writer& writer) {
      writer.insertAuditEvent(auditEvent(ada, "second", at(2)));
      writer.insertAuditEvent(auditEvent(ada, "third", at(2)));
      writer.insertAuditEvent(auditEvent(ada, "first", at(1)));
      writer.insertAuditEvent(auditEvent(UserId("user-bob"), "bob's", at(3)));
      writer.insertAuditEvent(auditEvent(std::nullopt, "nobody's", at(4)));
    });
    CHECK(events(ada, 10) == Names{"third", "second", "first"});
    CHECK(events(ada, 2) == Names{"third", "second"});
    CHECK(events(ada, 0).empty());
    CHECK(events(UserId(""), 10).empty());

    const auto latest = [&](std::size_t limit) {
      std::vector<std::string> found;
      for (const AuditEvent& event :
           readFrom(*database, [&](Reader& reader) { return reader.listLatestAuditEvents(limit); }))
        found.push_back(event.event);
      return found;
    };
    CHECK(latest(10) == Names{"nobody's", "bob's", "third", "second", "first"});
    CHECK(latest(3) == Names{"nobody's", "bob's", "third"});
    CHECK(latest(0).empty());
  }
  SECTION("old events are removed, as many as allowed") {
    database->write([](Writer& writer) {
      for (int i = 0; i < 5; ++i) writer.insertAuditEvent(auditEvent(ada, std::to_string(i), at(i)));
    });
    const auto purge = [&](std::int64_t before, std::size_t limit) {
      return writeTo(*database, [&](Writer& writer) { return writer.purgeAuditEvents(at(before), limit); });
    };
    CHECK(purge(3, 2) == 2);
    CHECK(purge(3, 2) == 1);
    CHECK(purge(3, 2) == 0);
    CHECK(events(ada, 10) == Names{"4", "3"});
  }
}

void databaseCleansUp(const MakeDatabase& make) {
  const auto database = withTwoSessions(make);

  SECTION("expired sessions are listed, oldest expiry first, while they have not ended") {
    database->write([](Writer& writer) {
      writer.extendSession(laptop, at(20));
      writer.extendSession(phone, at(10));
      Session ended = session("ada", "ended");
      ended.expiresAt = at(5);
      writer.insertSession(ended);
      writer.endSession(ended.id, at(6), "logout");
    });
    const auto expired = [&](std::int64_t now, std::size_t limit) {
      return names(
          writeTo(*database, [&](Writer& writer) { return writer.listExpiredSessions(at(now), limit); }));
    };
    CHECK(expired(9, 10).empty());
    CHECK(expired(10, 10) == Names{"session-phone"});
    CHECK(expired(500, 10) == Names{"session-phone", "session-laptop"});
    CHECK(expired(500, 1) == Names{"session-phone"});
  }
  SECTION("sessions that ended long ago go with their lineages, as many as allowed; live ones stay") {
    database->write([](Writer& writer) {
      for (const char* name : {"a", "b", "c"}) {
        writer.insertSession(session("ada", name));
        writer.endSession(SessionId(std::string("session-") + name), at(10), "logout");
      }
      writer.endSession(laptop, at(30), "logout");
      writer.insertLineage(lineage("a", 50));
    });
    const auto purge = [&](std::int64_t before, std::size_t limit) {
      return writeTo(*database, [&](Writer& writer) { return writer.purgeEndedSessions(at(before), limit); });
    };
    CHECK(purge(10, 100) == 0);
    CHECK(purge(11, 2) == 2);
    CHECK(purge(11, 2) == 1);
    CHECK_FALSE(findSession(*database, SessionId("session-a")));
    CHECK_FALSE(findLineage(*database, 50));
    CHECK(findSession(*database, laptop));
    CHECK(findLineage(*database, 1));
    CHECK(findSession(*database, phone));
    CHECK(purge(1'000'000, 100) == 1);
    CHECK(findSession(*database, phone));
  }
  SECTION("lineages that expired long ago go, as many as allowed") {
    const auto purge = [&](std::int64_t before, std::size_t limit) {
      return writeTo(*database,
                     [&](Writer& writer) { return writer.purgeExpiredLineages(at(before), limit); });
    };
    CHECK(purge(1000, 10) == 0);
    CHECK(purge(1001, 1) == 1);
    CHECK(purge(1001, 10) == 1);
    CHECK_FALSE(findLineage(*database, 1));
    CHECK_FALSE(findLineage(*database, 2));
    CHECK(findSession(*database, laptop));
  }
}

void databaseKeepsItsContract(const MakeDatabase& make) {
  SECTION("users") {
    databaseKeepsUsers(make);
  }
  SECTION("sessions") {
    databaseKeepsSessions(make);
  }
  SECTION("pages of sessions") {
    databasePagesSessions(make);
  }
  SECTION("lineages") {
    databaseKeepsLineages(make);
  }
  SECTION("audit events") {
    databaseKeepsAuditEvents(make);
  }
  SECTION("clean-up") {
    databaseCleansUp(make);
  }
  SECTION("transactions") {
    databaseRunsTransactions(make);
  }
}

}  // namespace glitch_protocol::contract
