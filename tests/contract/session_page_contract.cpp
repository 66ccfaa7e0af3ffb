// The part of the database contract about long lists of sessions: pages, the oldest ones, and their number.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/contract/contract.h"
#include "tests/contract/sample_rows.h"
#include "tests/contract/stored_rows.h"

namespace glitch_protocol::contract {

using namespace sample;

namespace {

const UserId bob("user-bob");
constexpr std::size_t any = 1000;

Names names(const std::vector<Session>& sessions) {
  Names names;
  for (const Session& session : sessions) names.push_back(session.id.str().substr(8));
  return names;
}

SessionCursor behind(std::int64_t lastActivity, std::int64_t createdAt, const std::string& name) {
  return {at(lastActivity), at(createdAt), SessionId("session-" + name)};
}

void insert(Writer& writer, const std::string& owner, const std::string& name, std::int64_t createdAt,
            std::int64_t lastActivity) {
  Session row = session(owner, name);
  row.createdAt = at(createdAt);
  row.lastActivity = at(lastActivity);
  writer.sessions().insert(row);
}

/// Ada's sessions in list order are a (ended), b, c, d, e, f (expires at 10), g. One of bob's would be the first.
std::unique_ptr<DatabaseAdapter> filled(const MakeDatabase& make) {
  auto database = make();
  database->write([](Writer& writer) {
    writer.users().insert(user("ada"));
    writer.users().insert(user("bob"));
    insert(writer, "bob", "x", 0, 99);
    insert(writer, "ada", "a", 6, 90);
    insert(writer, "ada", "b", 5, 80);
    insert(writer, "ada", "c", 7, 70);  // c, d and e have the same activity: newer first, then by id
    insert(writer, "ada", "e", 4, 70);
    insert(writer, "ada", "d", 4, 70);
    insert(writer, "ada", "f", 2, 60);
    insert(writer, "ada", "g", 3, 50);
    writer.sessions().end(SessionId("session-a"), at(95), "logout");
    writer.sessions().extend(SessionId("session-f"), at(10));
  });
  return database;
}

}  // namespace

void databasePagesSessions(const MakeDatabase& make) {
  const auto database = filled(make);
  const auto page = [&](const std::optional<SessionCursor>& after, std::size_t limit) {
    return names(readFrom(
        *database, [&](Reader& reader) { return reader.sessions().listLive(ada, at(20), after, limit); }));
  };
  const auto count = [&](const UserId& user, std::int64_t now) {
    return readFrom(*database, [&](Reader& reader) { return reader.sessions().countLive(user, at(now)); });
  };

  SECTION("a page has at most as many sessions as requested, from the beginning of the list") {
    CHECK(page(std::nullopt, any) == Names{"b", "c", "d", "e", "g"});
    CHECK(page(std::nullopt, 2) == Names{"b", "c"});
    CHECK(page(std::nullopt, 0).empty());
  }
  SECTION("a page begins after its cursor, also among sessions with the same activity") {
    CHECK(page(behind(80, 5, "b"), 2) == Names{"c", "d"});
    CHECK(page(behind(70, 7, "c"), any) == Names{"d", "e", "g"});
    CHECK(page(behind(70, 4, "d"), any) == Names{"e", "g"});
    CHECK(page(behind(70, 4, "e"), any) == Names{"g"});
    CHECK(page(behind(50, 3, "g"), any).empty());
  }
  SECTION("the session at the cursor need not exist") {
    CHECK(page(behind(90, 6, "a"), 1) == Names{"b"});
    CHECK(page(behind(75, 0, ""), any) == Names{"c", "d", "e", "g"});
    CHECK(page(behind(70, 5, "zzz"), any) == Names{"d", "e", "g"});
    CHECK(page(behind(0, 0, ""), any).empty());
  }
  SECTION("successive pages list each session once, whatever their size") {
    for (const std::size_t limit : {1u, 2u, 3u}) {
      Names all;
      std::optional<SessionCursor> after;
      for (std::size_t read = limit; read == limit;) {
        const auto rows = readFrom(
            *database, [&](Reader& reader) { return reader.sessions().listLive(ada, at(20), after, limit); });
        for (const std::string& name : names(rows)) all.push_back(name);
        if (!rows.empty()) after = {rows.back().lastActivity, rows.back().createdAt, rows.back().id};
        read = rows.size();
      }
      CAPTURE(limit);
      CHECK(all == Names{"b", "c", "d", "e", "g"});
    }
  }
  SECTION("the oldest live sessions are listed by creation, then by id, at most as many as requested") {
    const auto oldest = [&](std::int64_t now, std::size_t limit) {
      return names(writeTo(
          *database, [&](Writer& writer) { return writer.sessions().listOldestLive(ada, at(now), limit); }));
    };
    CHECK(oldest(20, any) == Names{"g", "d", "e", "b", "c"});
    CHECK(oldest(9, 2) == Names{"f", "g"});
    CHECK(oldest(20, 0).empty());
    CHECK(oldest(1000, any).empty());
  }
  SECTION("the live sessions of one user are counted, and no others") {
    CHECK(count(ada, 9) == 6);
    CHECK(count(ada, 10) == 5);
    CHECK(count(ada, 1000) == 0);
    CHECK(count(bob, 20) == 1);
    CHECK(count(UserId("user-none"), 20) == 0);
  }
  SECTION("counts and lists include the changes of their own transaction") {
    const bool seen = writeTo(*database, [](Writer& writer) {
      insert(writer, "ada", "new", 95, 95);
      writer.sessions().end(SessionId("session-b"), at(20), "logout");
      writer.sessions().touch(SessionId("session-g"), at(94));
      return writer.sessions().countLive(ada, at(20)) == 5 &&
             names(writer.sessions().listLive(ada, at(20), std::nullopt, 3)) == Names{"new", "g", "c"};
    });
    CHECK(seen);
  }
}

}  // namespace glitch_protocol::contract
