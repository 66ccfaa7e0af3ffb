// Tests of the limit on audit events without a user.
#include "engine/core/anonymous_events.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "engine/audit_events.h"
#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t bound = AnonymousEvents::maxRowsPerHour;

void failSignIns(World& world, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    world.engine.record(
        {world.clock.now(), std::string{audit::loginFailed}, {}, {}, {"203.0.113.7", "Mozilla/5.0"}});
}

/// The events without a user, oldest first.
std::vector<AuditEvent> rowsOf(MemoryDatabase& database) {
  std::vector<AuditEvent> rows;
  database.read([&](Reader& reader) { rows = reader.audit().listLatest(100'000); });
  std::erase_if(rows, [](const AuditEvent& row) { return row.userId.has_value(); });
  std::ranges::reverse(rows);
  return rows;
}

std::vector<AuditEvent> rowsOf(World& world) {
  world.engine.flushRecords();
  return rowsOf(world.memory);
}

}  // namespace

TEST_CASE(
    "1,000 failed sign-ins for unknown accounts an hour are recorded, and the rest are counted in one row") {
  World world;
  failSignIns(world, bound + 200);
  CHECK_THROWS_AS(world.signIn("nobody@example.org"), AccountError);
  CHECK(rowsOf(world).size() == bound);
  CHECK(world.engine.unrecordedEvents().counted == 201);

  world.clock.advance(1h);
  failSignIns(world, 1);
  const auto rows = rowsOf(world);
  REQUIRE(rows.size() == bound + 2);
  const AuditEvent& count = rows[bound];
  CHECK(count.event == audit::loginFailed);
  CHECK(count.client.ipAddress.empty());
  CHECK(count.client.userAgent == "201 more for unknown accounts");
  CHECK(rows[bound + 1].client.userAgent == "Mozilla/5.0");
}

TEST_CASE("the cleanup records the count of the past hour if no further sign-in fails") {
  World world;
  failSignIns(world, bound + 1);
  world.clock.advance(1h - 1ms);
  world.engine.cleanupExpiredSessions();
  CHECK(rowsOf(world).size() == bound);
  world.clock.advance(1ms);
  world.engine.cleanupExpiredSessions();
  world.engine.cleanupExpiredSessions();
  const auto rows = rowsOf(world);
  REQUIRE(rows.size() == bound + 1);
  CHECK(rows.back().client.userAgent == "1 more for unknown accounts");
}

TEST_CASE("the destructor of an engine records the count, and the next engine begins a new hour") {
  MemoryDatabase database;
  for (int run = 1; run <= 2; ++run) {
    CAPTURE(run);
    auto world = std::make_unique<World>(&database);
    failSignIns(*world, bound + 5);
    world.reset();
    const auto rows = rowsOf(database);
    CHECK(rows.size() == static_cast<std::size_t>(run) * (bound + 1));
    CHECK(std::ranges::count(rows, "5 more for unknown accounts",
                             [](const AuditEvent& row) { return row.client.userAgent; }) == run);
  }
}

TEST_CASE("failed sign-ins for unknown accounts do not prevent a user's events from being recorded") {
  World world;
  failSignIns(world, bound + 5);
  const SignIn ada = world.signUp();
  CHECK_THROWS_AS(world.accounts.login(World::email, "wrong horse", {}), AccountError);
  CHECK(world.accounts.activity(ada.user.id).at(0).event == audit::loginFailed);
}

TEST_CASE("events that are dropped during an outage are counted as lost") {
  World world;
  world.database.failAll();
  for (int i = 0; i < 10'007; ++i)
    world.engine.record({world.clock.now(), std::string{audit::loginFailed}, UserId{"u"}, {}, {}});
  CHECK(world.engine.unrecordedEvents().lost == 7);
  world.database.failAll(false);
}
