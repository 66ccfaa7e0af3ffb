// The part of the database contract about users.
#include <string>

#include "tests/catch.h"
#include "tests/contract/contract.h"
#include "tests/contract/sample_rows.h"
#include "tests/contract/stored_rows.h"

namespace glitch_protocol::contract {

using namespace sample;

void databaseKeepsUsers(const MakeDatabase& make) {
  const auto database = make();
  User full = user("ada");
  full.name = "Ada Lovelace \xE2\x9C\x93";
  full.createdAt = at(-5);
  full.disabledAt = at(7);
  full.passwordChangedAt = at(8);

  SECTION("a user is read back by id and by e-mail, with every field") {
    REQUIRE(writeTo(*database, [&](Writer& writer) { return writer.users().insert(full); }));
    CHECK(describe(findUser(*database, ada)) == describe(full));
    const auto byEmail =
        readFrom(*database, [](Reader& reader) { return reader.users().findByEmail("ada@example.org"); });
    CHECK(describe(byEmail) == describe(full));
  }
  SECTION("an id may be any 128 bytes of UTF-8, and is compared byte by byte") {
    int number = 0;
    for (const std::string& id : {std::string(maxIdBytes, 'i'), std::string("\xF0\x9F\xA6\x8A"),
                                  std::string("'; --"), std::string("a b"), std::string("a\0b", 3)}) {
      CAPTURE(id);
      User odd = full;
      odd.id = UserId(id);
      odd.email = std::to_string(++number) + "@example.org";
      REQUIRE(writeTo(*database, [&](Writer& writer) { return writer.users().insert(odd); }));
      CHECK(describe(findUser(*database, odd.id)) == describe(odd));
      CHECK_FALSE(findUser(*database, UserId(id + "x")));
    }
    CHECK_FALSE(findUser(*database, UserId("a")));
  }
  SECTION("an id that cannot be stored is not found") {
    for (const std::string& id : {std::string(), std::string("\xFF"), std::string(100'000, 'i')}) {
      CAPTURE(id);
      CHECK_FALSE(findUser(*database, UserId(id)));
    }
  }
  SECTION("a user that does not exist is not found") {
    CHECK_FALSE(findUser(*database, ada));
    CHECK_FALSE(
        readFrom(*database, [](Reader& reader) { return reader.users().findByEmail("ada@example.org"); }));
    CHECK(readFrom(*database, [](Reader& reader) { return reader.users().list("", 10); }).empty());
  }
  SECTION("an e-mail is compared byte by byte") {
    database->write([](Writer& writer) { writer.users().insert(user("ada")); });
    CHECK_FALSE(
        readFrom(*database, [](Reader& reader) { return reader.users().findByEmail("Ada@example.org"); }));
    CHECK_FALSE(
        readFrom(*database, [](Reader& reader) { return reader.users().findByEmail("ada@example.org "); }));
  }
  SECTION("inserting an id or e-mail that exists is refused and changes nothing") {
    database->write([](Writer& writer) { writer.users().insert(user("ada")); });
    User sameId = user("bob");
    sameId.id = ada;
    User sameEmail = user("bob");
    sameEmail.email = "ada@example.org";
    CHECK_FALSE(writeTo(*database, [&](Writer& writer) { return writer.users().insert(sameId); }));
    CHECK_FALSE(writeTo(*database, [&](Writer& writer) { return writer.users().insert(sameEmail); }));
    CHECK(describe(findUser(*database, ada)) == describe(user("ada")));
    CHECK(idsOf(readFrom(*database, [](Reader& reader) { return reader.users().list("", 10); })) ==
          Names{"user-ada"});
  }
  SECTION("an update replaces every field except the creation time") {
    database->write([&](Writer& writer) { writer.users().insert(full); });
    User changed = user("ada");
    changed.email = "countess@example.org";
    changed.passwordHash = "another hash";
    changed.passwordChangedAt = at(9);
    changed.createdAt = at(999);
    REQUIRE(writeTo(*database, [&](Writer& writer) { return writer.users().update(changed); }));
    changed.createdAt = full.createdAt;
    CHECK(describe(findUser(*database, ada)) == describe(changed));
    CHECK_FALSE(
        readFrom(*database, [](Reader& reader) { return reader.users().findByEmail("ada@example.org"); }));
  }
  SECTION("an update of an unknown user, or to an e-mail that exists, is refused and changes nothing") {
    database->write([](Writer& writer) {
      writer.users().insert(user("ada"));
      writer.users().insert(user("bob"));
    });
    User taken = user("bob");
    taken.email = "ada@example.org";
    taken.passwordHash = "another hash";
    CHECK_FALSE(writeTo(*database, [&](Writer& writer) { return writer.users().update(taken); }));
    CHECK_FALSE(writeTo(*database, [&](Writer& writer) { return writer.users().update(user("eve")); }));
    CHECK(describe(findUser(*database, UserId("user-bob"))) == describe(user("bob")));
    CHECK_FALSE(findUser(*database, UserId("user-eve")));
  }
  SECTION("users are listed by e-mail, in pages") {
    database->write([](Writer& writer) {
      for (const char* name : {"cleo", "ada", "eve", "bob"}) writer.users().insert(user(name));
    });
    const auto page = [&](std::string_view after, std::size_t limit) {
      return idsOf(readFrom(*database, [&](Reader& reader) { return reader.users().list(after, limit); }));
    };
    CHECK(page("", 3) == Names{"user-ada", "user-bob", "user-cleo"});
    CHECK(page("cleo@example.org", 3) == Names{"user-eve"});
    CHECK(page("b", 1) == Names{"user-bob"});
    CHECK(page("", 0).empty());
  }
  SECTION("deleting a user deletes its sessions and lineages, and keeps the history") {
    const auto filled = withTwoSessions(make);
    filled->write([](Writer& writer) { writer.audit().insert(auditEvent(ada, "REGISTERED", at(1))); });
    REQUIRE(writeTo(*filled, [](Writer& writer) { return writer.users().remove(ada); }));
    CHECK_FALSE(findUser(*filled, ada));
    CHECK_FALSE(findSession(*filled, laptop));
    CHECK_FALSE(findLineage(*filled, 1));
    CHECK(readFrom(*filled, [](Reader& reader) { return reader.audit().list(ada, 10); }).size() == 1);
    CHECK_FALSE(writeTo(*filled, [](Writer& writer) { return writer.users().remove(ada); }));
    database->write([](Writer& writer) { writer.sessions().insert(session("ada", "x")); });
    CHECK_FALSE(writeTo(*database, [](Writer& writer) { return writer.users().remove(ada); }));
    CHECK(readFrom(*database, [](Reader& reader) { return reader.sessions().find(SessionId("session-x")); }));
    CHECK(writeTo(*filled, [](Writer& writer) { return writer.users().insert(user("ada")); }));
  }
}

}  // namespace glitch_protocol::contract
