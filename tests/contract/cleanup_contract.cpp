// The part of the database contract about what cleanup lists and removes.
#include <string>

#include "tests/catch.h"
#include "tests/contract/contract.h"
#include "tests/contract/sample_rows.h"
#include "tests/contract/stored_rows.h"

namespace glitch_protocol::contract {

using namespace sample;

void databaseCleansUp(const MakeDatabase& make) {
  const auto database = withTwoSessions(make);

  SECTION("expired sessions that have not ended are listed, oldest expiry first") {
    database->write([](Writer& writer) {
      writer.sessions().extend(laptop, at(20));
      writer.sessions().extend(phone, at(10));
      Session ended = session("ada", "ended");
      ended.expiresAt = at(5);
      writer.sessions().insert(ended);
      writer.sessions().end(ended.id, at(6), "logout");
    });
    const auto expired = [&](std::int64_t now, std::size_t limit) {
      return idsOf(
          writeTo(*database, [&](Writer& writer) { return writer.sessions().listExpired(at(now), limit); }));
    };
    CHECK(expired(9, 10).empty());
    CHECK(expired(10, 10) == Names{"session-phone"});
    CHECK(expired(500, 10) == Names{"session-phone", "session-laptop"});
    CHECK(expired(500, 1) == Names{"session-phone"});
  }
  SECTION(
      "sessions that ended long ago are purged with their lineages, at most as many as allowed; others "
      "stay") {
    database->write([](Writer& writer) {
      for (const char* name : {"a", "b", "c"}) {
        writer.sessions().insert(session("ada", name));
        writer.sessions().end(SessionId(std::string("session-") + name), at(10), "logout");
      }
      writer.sessions().end(laptop, at(30), "logout");
      writer.lineages().insert(lineage("a", 50));
    });
    const auto purge = [&](std::int64_t before, std::size_t limit) {
      return writeTo(*database,
                     [&](Writer& writer) { return writer.sessions().purgeEnded(at(before), limit); });
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
  SECTION("lineages that expired long ago are purged, at most as many as allowed") {
    const auto purge = [&](std::int64_t before, std::size_t limit) {
      return writeTo(*database,
                     [&](Writer& writer) { return writer.lineages().purgeExpired(at(before), limit); });
    };
    CHECK(purge(1000, 10) == 0);
    CHECK(purge(1001, 1) == 1);
    CHECK(purge(1001, 10) == 1);
    CHECK_FALSE(findLineage(*database, 1));
    CHECK_FALSE(findLineage(*database, 2));
    CHECK(findSession(*database, laptop));
  }
}

}  // namespace glitch_protocol::contract
