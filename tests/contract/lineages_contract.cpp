// The part of the database contract about lineages.
#include <limits>
#include <string>

#include "engine/errors.h"
#include "tests/catch.h"
#include "tests/contract/contract.h"
#include "tests/contract/sample_rows.h"
#include "tests/contract/stored_rows.h"

namespace glitch_protocol::contract {

using namespace sample;

void databaseKeepsLineages(const MakeDatabase& make) {
  const auto database = withTwoSessions(make);
  const auto advance = [&](std::uint8_t last, std::uint64_t from) {
    return writeTo(*database, [&](Writer& writer) {
      return writer.lineages().advance(lineageId(last), from, at(70), at(700));
    });
  };

  SECTION("a lineage is read back with every field") {
    Lineage full = lineage("laptop", 0);
    full.id = LineageId{};  // sixteen zero bytes are a valid id
    full.counter = 12345678901234567890u;
    full.createdAt = at(1);
    full.rotatedAt = at(2);
    full.expiresAt = at(3);
    database->write([&](Writer& writer) { writer.lineages().insert(full); });
    const auto found = readFrom(*database, [&](Reader& reader) { return reader.lineages().find(full.id); });
    CHECK(describe(found) == describe(full));
    CHECK_FALSE(findLineage(*database, 99));
  }
  SECTION("inserting a lineage without a session, or with an id that exists, is an outage") {
    CHECK_THROWS_AS(database->write([](Writer& writer) { writer.lineages().insert(lineage("none", 3)); }),
                    StoreError);
    CHECK_THROWS_AS(database->write([](Writer& writer) { writer.lineages().insert(lineage("phone", 1)); }),
                    StoreError);
    CHECK_FALSE(findLineage(*database, 3));
    CHECK(findLineage(*database, 1)->sessionId == laptop);
  }
  SECTION("a lineage advances only from its current counter") {
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
  SECTION("the lineages of one session are removed, and no others") {
    const auto remove = [&](const SessionId& session) {
      return writeTo(*database, [&](Writer& writer) { return writer.lineages().removeOf(session); });
    };
    database->write([](Writer& writer) { writer.lineages().insert(lineage("laptop", 3)); });
    CHECK(remove(laptop) == 2);
    CHECK(remove(laptop) == 0);
    CHECK(remove(SessionId("none")) == 0);
    CHECK_FALSE(findLineage(*database, 1));
    CHECK_FALSE(findLineage(*database, 3));
    CHECK(findLineage(*database, 2));
    CHECK(findSession(*database, laptop));
    database->write([](Writer& writer) { writer.lineages().insert(lineage("laptop", 1)); });
    CHECK(findLineage(*database, 1));
  }
  SECTION("the counter continues beyond the largest signed number") {
    constexpr auto last = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    Lineage old = lineage("laptop", 7);
    old.counter = last;
    database->write([&](Writer& writer) { writer.lineages().insert(old); });
    CHECK(advance(7, last));
    CHECK(findLineage(*database, 7)->counter == last + 1);
    CHECK(advance(7, last + 1));
  }
}

}  // namespace glitch_protocol::contract
