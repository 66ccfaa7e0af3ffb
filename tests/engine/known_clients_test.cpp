// Tests of known clients: which addresses and device tokens an account knows.
#include "engine/known_clients.h"

#include "engine/tokens/access_token.h"
#include "engine/tokens/device_token.h"
#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

TEST_CASE("an address is known if a stored session of the account has its site") {
  World world;
  KnownClients clients(world.engine);
  const SignIn ada = world.signUp();
  const CreatedSession away = world.engine.createSession(ada.user.id, "2001:db8:1:2::7", "");
  CHECK(clients.knowsAddress(World::email, "203.0.113.7"));
  CHECK(clients.knowsAddress("ADA@example.org", "203.0.113.7"));
  CHECK(clients.knowsAddress(World::email, "2001:db8:1:2:ffff::1"));
  CHECK_FALSE(clients.knowsAddress(World::email, "203.0.113.8"));
  CHECK_FALSE(clients.knowsAddress(World::email, "2001:db8:1:3::7"));
  CHECK_FALSE(clients.knowsAddress("nobody@example.org", "203.0.113.7"));
  CHECK_FALSE(clients.knowsAddress("not an address", "203.0.113.7"));

  world.engine.logout(away.session.id, ada.user.id);
  CHECK(clients.knowsAddress(World::email, "2001:db8:1:2::7"));
}

TEST_CASE("an empty address is never known, even if a session has none") {
  World world;
  KnownClients clients(world.engine);
  const SignIn ada = world.signUp();
  world.engine.createSession(ada.user.id, "", "");
  CHECK_FALSE(clients.knowsAddress(World::email, ""));
  CHECK_FALSE(clients.knowsAddress("nobody@example.org", ""));
}

TEST_CASE("a device token is known for its account only, and an invalid one does not read the database") {
  World world;
  KnownClients clients(world.engine);
  const SignIn ada = world.signUp();
  world.signUp("grace@example.org");
  const std::string token = clients.newDeviceToken(ada.user.id);
  CHECK(clients.knownDevice(World::email, token));
  CHECK(clients.knownDevice("ADA@example.org", token) == clients.knownDevice(World::email, token));
  CHECK(clients.knownDevice(World::email, token) !=
        clients.knownDevice(World::email, clients.newDeviceToken(ada.user.id)));
  CHECK_FALSE(clients.knownDevice("grace@example.org", token));
  CHECK_FALSE(clients.knownDevice("nobody@example.org", token));
  CHECK_FALSE(clients.knownDevice("not an address", token));

  world.database.resetCounters();
  CHECK_FALSE(clients.knownDevice(World::email, ""));
  CHECK_FALSE(clients.knownDevice(World::email, token + "A"));
  CHECK(world.database.reads() == 0);

  world.accounts.deleteUser(ada.user.id);
  CHECK_FALSE(clients.knownDevice(World::email, token));
}

TEST_CASE("a device token is accepted for less than a year, and up to the clock tolerance in the future") {
  World world;
  KnownClients clients(world.engine);
  const std::string token = clients.newDeviceToken(world.signUp().user.id);
  const TimePoint issued = world.clock.now();
  const auto isKnownAt = [&](TimePoint now) {
    world.clock.jumpTo(now);
    return clients.knownDevice(World::email, token).has_value();
  };
  CHECK(isKnownAt(issued));
  CHECK(isKnownAt(issued + deviceTokenLifetime - 1ms));
  CHECK_FALSE(isKnownAt(issued + deviceTokenLifetime));
  CHECK(isKnownAt(issued - clockTolerance));
  CHECK_FALSE(isKnownAt(issued - clockTolerance - 1ms));
}

TEST_CASE("a password change invalidates the device tokens issued until then") {
  World world;
  KnownClients clients(world.engine);
  const SignIn ada = world.signUp();
  const std::string before = clients.newDeviceToken(ada.user.id);
  world.clock.advance(1s);
  world.accounts.setPassword(ada.user.id, "another fine password");
  const std::string sameMillisecond = clients.newDeviceToken(ada.user.id);
  world.clock.advance(1ms);
  const std::string after = clients.newDeviceToken(ada.user.id);
  CHECK_FALSE(clients.knownDevice(World::email, before));
  CHECK_FALSE(clients.knownDevice(World::email, sameMillisecond));
  CHECK(clients.knownDevice(World::email, after));
}
