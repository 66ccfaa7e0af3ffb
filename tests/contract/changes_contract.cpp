// The part of the database contract about the change feed.
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/contract/contract.h"
#include "tests/contract/sample_rows.h"
#include "tests/contract/stored_rows.h"

namespace glitch_protocol::contract {

using namespace sample;

namespace {

constexpr std::size_t any = 1000;

void add(DatabaseAdapter& database, const std::string& id, std::int64_t time = 0) {
  database.write([&](Writer& writer) { writer.changes().insert({ChangeKind::session, id, at(time), 42}); });
}

ChangePage after(DatabaseAdapter& database, std::uint64_t position, std::size_t limit = any) {
  return readFrom(database, [&](Reader& reader) { return reader.changes().listAfter(position, limit); });
}

Names ids(const ChangePage& page) {
  Names ids;
  for (const Change& change : page.changes) ids.push_back(change.id);
  return ids;
}

std::size_t purge(DatabaseAdapter& database, std::int64_t before, std::size_t limit) {
  return writeTo(database, [&](Writer& writer) { return writer.changes().purge(at(before), limit); });
}

}  // namespace

void databaseKeepsChanges(const MakeDatabase& make) {
  const auto database = make();

  SECTION("before the first change the feed is complete and empty") {
    const ChangePage page = after(*database, 0);
    CHECK(page.complete);
    CHECK(page.last == 0);
    CHECK(page.changes.empty());
  }
  SECTION("a change is read back with every field and a position") {
    database->write([](Writer& writer) {
      writer.changes().insert({ChangeKind::user, "user-ada", at(5), 0xFFFF'FFFF'FFFF'FFFF, 99});
    });
    const ChangePage page = after(*database, 0);
    REQUIRE(page.changes.size() == 1);
    const Change& change = page.changes.front();
    CHECK(change.kind == ChangeKind::user);
    CHECK(change.id == "user-ada");
    CHECK(change.at == at(5));
    CHECK(change.origin == 0xFFFF'FFFF'FFFF'FFFF);
    CHECK(change.position > 0);
    CHECK(page.last == change.position);
    CHECK(page.complete);
  }
  SECTION("the feed is read from a position, page by page, in the order of insertion whatever the times") {
    add(*database, "a", 9);
    add(*database, "b", 1);
    add(*database, "c", 5);
    Names read;
    std::uint64_t position = 0;
    for (ChangePage page = after(*database, 0, 2); !page.changes.empty();
         page = after(*database, position, 2)) {
      CHECK(page.complete);
      for (const std::string& id : ids(page)) read.push_back(id);
      CHECK(page.changes.front().position > position);
      position = page.changes.back().position;
    }
    CHECK(read == Names{"a", "b", "c"});
    CHECK(position == after(*database, 0).last);
    CHECK(after(*database, position, 0).complete);
  }
  SECTION("a rolled-back change is not in the feed") {
    CHECK_THROWS(database->write([](Writer& writer) {
      writer.changes().insert({ChangeKind::user, "undone", at(0), 1});
      throw 1;
    }));
    add(*database, "a");
    CHECK(ids(after(*database, 0)) == Names{"a"});
  }
  SECTION("the feed is incomplete only for readers who have missed purged changes") {
    for (const char* id : {"a", "b", "c"}) add(*database, id, id[0] - 'a');
    const auto positions = after(*database, 0).changes;
    CHECK(purge(*database, 2, 10) == 2);
    CHECK_FALSE(after(*database, 0).complete);
    CHECK(after(*database, 0).changes.empty());
    CHECK(after(*database, 0).last == positions[2].position);
    CHECK_FALSE(after(*database, positions[0].position).complete);
    CHECK(after(*database, positions[1].position).complete);
    CHECK(ids(after(*database, positions[1].position)) == Names{"c"});
  }
  SECTION(
      "old changes are purged from the beginning, at most as many as allowed; no position is used twice") {
    for (const char* id : {"a", "b", "c"}) add(*database, id);
    const std::uint64_t last = after(*database, 0).last;
    CHECK(purge(*database, 0, 10) == 0);
    CHECK(purge(*database, 1, 2) == 2);
    CHECK(purge(*database, 1, 2) == 1);
    CHECK(purge(*database, 1, 2) == 0);
    CHECK(after(*database, last).complete);
    CHECK_FALSE(after(*database, last - 1).complete);
    add(*database, "d");
    CHECK(ids(after(*database, last)) == Names{"d"});
    CHECK(after(*database, last).last > last);
  }
  SECTION("a change that follows a newer one is not purged before it") {
    add(*database, "new", 9);
    add(*database, "old", 0);
    CHECK(purge(*database, 5, 10) == 0);
    CHECK(purge(*database, 10, 10) == 2);
  }
  SECTION("for a position beyond the end, the feed is incomplete, as the position is of another database") {
    add(*database, "a");
    CHECK_FALSE(after(*database, after(*database, 0).last + 1).complete);
  }
}

}  // namespace glitch_protocol::contract
