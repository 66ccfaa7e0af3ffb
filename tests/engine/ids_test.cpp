// Tests of the rule for ids: which may be stored, and that the engine refuses others before it opens a transaction.
#include <functional>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;

TEST_CASE("an id is 1 to 128 bytes of UTF-8") {
  for (const std::string& good : {std::string("a"), std::string(128, 'i'), std::string("\xF0\x9F\xA6\x8A")}) {
    CAPTURE(good);
    CHECK(isStorableId(good));
  }
  for (const std::string& bad :
       {std::string(), std::string(129, 'i'), std::string("\xFF"), std::string("\xC3")}) {
    CAPTURE(bad);
    CHECK_FALSE(isStorableId(bad));
  }
}

TEST_CASE("every call that would store an invalid id throws VALIDATION_FAILED and writes nothing") {
  struct Call {
    std::string name;
    std::function<void(Engine&, const std::string& id)> run;
  };
  const std::vector<Call> calls = {
      {"a session's user",
       [](Engine& engine, const std::string& id) { engine.createSession(UserId(id), "", ""); }},
      {"the session of an activity",
       [](Engine& engine, const std::string& id) { engine.updateSessionActivity(SessionId(id)); }},
      {"the session of an event stream",
       [](Engine& engine, const std::string& id) {
         engine.updateSessionSocketId(SessionId(id), std::nullopt);
       }},
      {"an event stream",
       [](Engine& engine, const std::string& id) {
         engine.updateSessionSocketId(SessionId("s"), SocketId(id));
       }},
      {"an event's user",
       [](Engine& engine, const std::string& id) {
         AuditEvent event;
         event.userId = UserId(id);
         engine.record(event);
       }},
      {"an event's session",
       [](Engine& engine, const std::string& id) {
         AuditEvent event;
         event.sessionId = SessionId(id);
         engine.record(event);
       }},
  };
  for (const Call& call : calls) {
    for (const std::string& id : {std::string(), std::string(129, 'i'), std::string("\xFF")}) {
      CAPTURE(call.name, id);
      World world;
      CHECK(codeOf([&] { call.run(world.engine, id); }) == code::validationFailed);
      world.engine.flushRecords();
      CHECK(world.database.writes() == 0);
    }
  }
}
