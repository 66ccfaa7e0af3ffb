// The part of the database contract about audit events.
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/contract/contract.h"
#include "tests/contract/sample_rows.h"
#include "tests/contract/stored_rows.h"

namespace glitch_protocol::contract {

using namespace sample;

namespace {

Names eventsOf(const std::vector<AuditEvent>& events) {
  Names names;
  for (const AuditEvent& event : events) names.push_back(event.event);
  return names;
}

}  // namespace

void databaseKeepsAuditEvents(const MakeDatabase& make) {
  const auto database = make();
  const auto events = [&](const UserId& user, std::size_t limit) {
    return eventsOf(readFrom(*database, [&](Reader& reader) { return reader.audit().list(user, limit); }));
  };
  const auto latest = [&](std::size_t limit) {
    return eventsOf(readFrom(*database, [&](Reader& reader) { return reader.audit().listLatest(limit); }));
  };

  SECTION("an event is read back with every field, even if its user does not exist") {
    AuditEvent full = auditEvent(ada, "LOGIN_FAILED", at(3));
    full.sessionId = laptop;
    full.actor = Actor::operatorCommand;
    database->write([&](Writer& writer) { writer.audit().insert(full); });
    const auto found = readFrom(*database, [](Reader& reader) { return reader.audit().list(ada, 10); });
    REQUIRE(found.size() == 1);
    CHECK(describe(found[0]) == describe(full));
  }
  SECTION(
      "the events of a user, or of all, are listed newest first, then last written first, at most as many as "
      "requested") {
    database->write([](Writer& writer) {
      writer.audit().insert(auditEvent(ada, "second", at(2)));
      writer.audit().insert(auditEvent(ada, "third", at(2)));
      writer.audit().insert(auditEvent(ada, "first", at(1)));
      writer.audit().insert(auditEvent(UserId("user-bob"), "bob's", at(3)));
      writer.audit().insert(auditEvent(std::nullopt, "nobody's", at(4)));
    });
    CHECK(events(ada, 10) == Names{"third", "second", "first"});
    CHECK(events(ada, 2) == Names{"third", "second"});
    CHECK(events(ada, 0).empty());
    CHECK(events(UserId(""), 10).empty());
    CHECK(latest(10) == Names{"nobody's", "bob's", "third", "second", "first"});
    CHECK(latest(3) == Names{"nobody's", "bob's", "third"});
    CHECK(latest(0).empty());
  }
  SECTION("every actor is stored") {
    for (const Actor actor : {Actor::user, Actor::operatorCommand, Actor::server}) {
      AuditEvent event = auditEvent(ada, "X", at(1));
      event.actor = actor;
      database->write([&](Writer& writer) { writer.audit().insert(event); });
      CHECK(readFrom(*database, [](Reader& reader) { return reader.audit().listLatest(1); })[0].actor ==
            actor);
    }
  }
  SECTION(
      "each event gets a larger id than all others on file, whatever its time and the id that it is given") {
    database->write([](Writer& writer) {
      for (const std::int64_t time : {5, 1, 3}) {
        AuditEvent event = auditEvent(ada, std::to_string(time), at(time));
        event.id = 7;
        writer.audit().insert(event);
      }
    });
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (const AuditEvent& event :
         readFrom(*database, [](Reader& reader) { return reader.audit().list(ada, 10); })) {
      if (event.event == "5") first = event.id;
      if (event.event == "1") second = event.id;
      if (event.event == "3") third = event.id;
    }
    CHECK(0 < first);
    CHECK(first < second);
    CHECK(second < third);
  }
  SECTION("old events are purged, at most as many as allowed") {
    database->write([](Writer& writer) {
      for (int i = 0; i < 5; ++i) writer.audit().insert(auditEvent(ada, std::to_string(i), at(i)));
    });
    const auto purge = [&](std::int64_t before, std::size_t limit) {
      return writeTo(*database, [&](Writer& writer) { return writer.audit().purge(at(before), limit); });
    };
    CHECK(purge(3, 2) == 2);
    CHECK(purge(3, 2) == 1);
    CHECK(purge(3, 2) == 0);
    CHECK(events(ada, 10) == Names{"4", "3"});
  }
}

}  // namespace glitch_protocol::contract
