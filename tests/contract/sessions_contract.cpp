// The part of the database contract about single sessions; session_page_contract.cpp has the long lists.
#include <string>

#include "engine/errors.h"
#include "tests/catch.h"
#include "tests/contract/contract.h"
#include "tests/contract/sample_rows.h"
#include "tests/contract/stored_rows.h"

namespace glitch_protocol::contract {

using namespace sample;

namespace {

Names liveSessions(DatabaseAdapter& database, TimePoint now) {
  return idsOf(readFrom(database, [&](Reader& reader) { return reader.sessions().listLive(ada, now); }));
}

Names allSessions(DatabaseAdapter& database, std::size_t limit = 100) {
  return idsOf(readFrom(database, [&](Reader& reader) { return reader.sessions().listAll(ada, limit); }));
}

}  // namespace

void databaseKeepsSessions(const MakeDatabase& make) {
  const auto database = withTwoSessions(make);

  SECTION("a session is read back with every field") {
    Session full = session("ada", "tablet");
    full.client = {"2001:db8::1", std::string(512, 'x')};
    full.createdAt = at(1);
    full.lastActivity = at(2);
    full.expiresAt = at(3);
    full.endedAt = at(4);
    full.endReason = "logout";
    full.socketId = SocketId("socket-1");
    full.tokensFrom = at(5);
    database->write([&](Writer& writer) { writer.sessions().insert(full); });
    CHECK(describe(findSession(*database, full.id)) == describe(full));
    CHECK_FALSE(findSession(*database, SessionId("session-none")));
  }
  SECTION("a session does not need its user's row") {
    CHECK_NOTHROW(database->write([](Writer& writer) {
      writer.sessions().insert(session("eve", "x"));
      writer.lineages().insert(lineage("x", 9));
    }));
    CHECK(findSession(*database, SessionId("session-x"))->userId == UserId("user-eve"));
    CHECK(readFrom(*database, [](Reader& reader) {
            return reader.sessions().countLive(UserId("user-eve"), at(0));
          }) == 1);
  }
  SECTION("inserting a session with an id that exists is an outage") {
    CHECK_THROWS_AS(
        database->write([](Writer& writer) { writer.sessions().insert(session("ada", "phone")); }),
        StoreError);
    CHECK(allSessions(*database).size() == 2);
  }
  SECTION("live sessions have neither ended nor expired") {
    CHECK(liveSessions(*database, at(999)) == Names{"session-laptop", "session-phone"});
    CHECK(liveSessions(*database, at(1000)).empty());
    database->write([](Writer& writer) { writer.sessions().end(laptop, at(5), "logout"); });
    CHECK(liveSessions(*database, at(10)) == Names{"session-phone"});
  }
  SECTION("live sessions are listed by newest activity, then newest creation, then id") {
    database->write([](Writer& writer) {
      for (const char* name : {"b", "a", "c"}) {
        Session newer = session("ada", name);
        newer.createdAt = at(name[0] == 'c' ? 2 : 1);
        newer.lastActivity = at(1);
        writer.sessions().insert(newer);
      }
      writer.sessions().touch(phone, at(50));
    });
    CHECK(liveSessions(*database, at(100)) ==
          Names{"session-phone", "session-c", "session-a", "session-b", "session-laptop"});
  }
  SECTION("all sessions, also ended and expired ones, are listed by creation, then id") {
    database->write([](Writer& writer) {
      Session older = session("ada", "z");
      older.createdAt = at(-1);
      older.expiresAt = at(-1);
      writer.sessions().insert(older);
      writer.sessions().end(laptop, at(5), "logout");
    });
    CHECK(allSessions(*database) == Names{"session-z", "session-laptop", "session-phone"});
    CHECK(allSessions(*database, 2) == Names{"session-z", "session-laptop"});
    CHECK(allSessions(*database, 0).empty());
  }
  SECTION("lists contain no sessions of other users") {
    database->write([](Writer& writer) {
      writer.users().insert(user("bob"));
      writer.sessions().insert(session("bob", "desk"));
    });
    CHECK(liveSessions(*database, at(0)) == Names{"session-laptop", "session-phone"});
    CHECK(allSessions(*database) == Names{"session-laptop", "session-phone"});
  }
  SECTION("a session ends once and keeps the first reason") {
    CHECK(writeTo(*database, [](Writer& writer) { return writer.sessions().end(laptop, at(5), "logout"); }));
    CHECK_FALSE(
        writeTo(*database, [](Writer& writer) { return writer.sessions().end(laptop, at(6), "expired"); }));
    CHECK(findSession(*database, laptop)->endedAt == at(5));
    CHECK(findSession(*database, laptop)->endReason == "logout");
    CHECK_FALSE(findSession(*database, phone)->endedAt);
    CHECK_FALSE(writeTo(*database,
                        [](Writer& writer) { return writer.sessions().end(SessionId("none"), at(5), "x"); }));
  }
  SECTION("activity only moves forward") {
    CHECK(writeTo(*database, [](Writer& writer) { return writer.sessions().touch(laptop, at(50)); }));
    CHECK(findSession(*database, laptop)->lastActivity == at(50));
    CHECK(writeTo(*database, [](Writer& writer) { return writer.sessions().touch(laptop, at(20)); }));
    CHECK(findSession(*database, laptop)->lastActivity == at(50));
  }
  SECTION("an expiry moves in both directions") {
    CHECK(writeTo(*database, [](Writer& writer) { return writer.sessions().extend(laptop, at(2000)); }));
    CHECK(findSession(*database, laptop)->expiresAt == at(2000));
    CHECK(writeTo(*database, [](Writer& writer) { return writer.sessions().extend(laptop, at(3)); }));
    CHECK(findSession(*database, laptop)->expiresAt == at(3));
  }
  SECTION("the time from which a session's tokens are valid is stored") {
    CHECK(writeTo(*database, [](Writer& writer) { return writer.sessions().setTokensFrom(laptop, at(50)); }));
    CHECK(findSession(*database, laptop)->tokensFrom == at(50));
    CHECK_FALSE(findSession(*database, phone)->tokensFrom);
  }
  SECTION("sessions from a site are found, ended ones included; an IPv6 /64 is one site") {
    const auto has = [&](const char* name, std::string_view site) {
      return readFrom(*database, [&](Reader& reader) {
        return reader.sessions().hasFromSite(UserId(std::string("user-") + name), site);
      });
    };
    database->write([](Writer& writer) {
      writer.users().insert(user("bob"));
      Session away = session("bob", "tablet");
      away.client.ipAddress = "2001:db8:1:0:aaaa::7";
      writer.sessions().insert(away);
      Session local = session("bob", "socket");
      local.client.ipAddress = "unix";
      writer.sessions().insert(local);
      writer.sessions().end(away.id, at(5), "logout");
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
    database->write([](Writer& writer) { writer.sessions().end(laptop, at(5), "logout"); });
    const std::string before = describe(findSession(*database, laptop));
    for (const SessionId& id : {laptop, SessionId("none")}) {
      CAPTURE(id.str());
      CHECK_FALSE(writeTo(*database, [&](Writer& writer) { return writer.sessions().touch(id, at(50)); }));
      CHECK_FALSE(writeTo(*database, [&](Writer& writer) { return writer.sessions().extend(id, at(5000)); }));
      CHECK_FALSE(
          writeTo(*database, [&](Writer& writer) { return writer.sessions().setTokensFrom(id, at(50)); }));
    }
    CHECK(describe(findSession(*database, laptop)) == before);
  }
  SECTION("those that have neither ended nor expired are counted, of all users") {
    const auto count = [&](std::int64_t now) {
      return readFrom(*database, [&](Reader& reader) { return reader.sessions().countLive(at(now)); });
    };
    database->write([](Writer& writer) {
      writer.users().insert(user("bob"));
      writer.sessions().insert(session("bob", "tablet"));
      writer.sessions().extend(phone, at(10));
    });
    CHECK(count(9) == 3);
    CHECK(count(10) == 2);
    database->write([](Writer& writer) { writer.sessions().end(laptop, at(5), "logout"); });
    CHECK(count(9) == 2);
    CHECK(count(1000) == 0);
  }
  SECTION("an event stream is tied to a session and untied") {
    const SocketId stream("socket-9");
    CHECK(writeTo(*database, [&](Writer& writer) { return writer.sessions().setSocketId(laptop, stream); }));
    CHECK(findSession(*database, laptop)->socketId == stream);
    CHECK(writeTo(*database,
                  [](Writer& writer) { return writer.sessions().setSocketId(laptop, std::nullopt); }));
    CHECK_FALSE(findSession(*database, laptop)->socketId);
    CHECK_FALSE(writeTo(
        *database, [&](Writer& writer) { return writer.sessions().setSocketId(SessionId("none"), stream); }));
  }
}

}  // namespace glitch_protocol::contract
