// Tests of what apps with users of their own call, and of what must not compile.
#include <string>
#include <type_traits>

#include "engine/end_reasons.h"
#include "engine/passwords/password_hasher.h"
#include "tests/catch.h"
#include "tests/support/world.h"

namespace glitch_protocol {

namespace {

template <class Text>
concept MakesSecret = std::is_constructible_v<Secret, Text>;
static_assert(MakesSecret<std::string> && MakesSecret<const char*> && MakesSecret<std::string_view>);
static_assert(!MakesSecret<std::nullptr_t>, "a null pointer is no secret");
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>,
              "a secret does not turn into text by accident");

template <class Address, class Agent>
concept CreatesSession = requires(Engine& engine, UserId user, Address address, Agent agent) {
  engine.createSession(user, address, agent);
};
static_assert(CreatesSession<std::string, const char*>);
static_assert(!CreatesSession<std::nullptr_t, const char*> && !CreatesSession<const char*, std::nullptr_t>,
              "a null pointer is no text");

static_assert(
    std::is_constructible_v<Engine, MemoryDatabase&, FakeCache&, RecordingBroadcaster&, EngineConfig>);
static_assert(
    !std::is_constructible_v<Engine, MemoryDatabase, FakeCache&, RecordingBroadcaster&, EngineConfig> &&
        !std::is_constructible_v<Engine, MemoryDatabase&, FakeCache, RecordingBroadcaster&, EngineConfig>,
    "adapters outlive the engine, so temporary ones are refused");
static_assert(!std::is_constructible_v<Accounts, Engine, AccountsConfig>);
static_assert(!std::is_convertible_v<std::string, UserId> && !std::is_convertible_v<UserId, SessionId>,
              "ids are not taken for one another");

}  // namespace

TEST_CASE("tryAuthenticate and tryIdentify return what authenticate and identify throw or return") {
  World world;
  const SignIn ada = world.signUp();
  const auto claims = world.engine.tryAuthenticate(ada.tokens.accessToken);
  REQUIRE(claims.ok());
  CHECK(claims->sub == ada.user.id);
  CHECK(world.engine.tryIdentify(ada.tokens.accessToken).value().email == World::email);

  const auto expectDenial = [&](const std::string& token, std::string_view code) {
    CAPTURE(code);
    const auto denied = world.engine.tryAuthenticate(token);
    REQUIRE_FALSE(denied);
    CHECK(denied.denial().code == code);
    CHECK_THROWS_AS(denied.value(), std::bad_variant_access);
    CHECK(codeOf([&] { world.engine.authenticate(token); }) == code);
    CHECK(codeOf([&] { world.engine.identify(token); }) == code);
  };
  expectDenial("", code::tokenInvalid);
  expectDenial("a.b.c", code::tokenInvalid);
  world.engine.terminateSession(ada.session.id, ada.user.id, "stolen");
  expectDenial(ada.tokens.accessToken, code::sessionTerminated);
  CHECK(world.engine.tryAuthenticate(ada.tokens.accessToken).denial().cause == "stolen");
  world.clock.advance(std::chrono::minutes{16});
  expectDenial(ada.tokens.accessToken, code::tokenExpired);
}

TEST_CASE("an outage is no denial") {
  World world;
  const SignIn ada = world.signUp();
  world.cache.forgetEverything();
  world.database.failAll();
  CHECK_THROWS_AS(world.engine.tryAuthenticate(ada.tokens.accessToken), StoreError);
  CHECK_THROWS_AS(world.engine.tryRotate(ada.tokens.refreshToken), StoreError);
}

TEST_CASE("tryRotate returns the next pair once, then a denial that names the user and the session") {
  World world;
  const SignIn ada = world.signUp();
  const auto rotated = world.engine.tryRotate(ada.tokens.refreshToken);
  REQUIRE(rotated);
  CHECK(rotated->userId == ada.user.id);
  const auto reused = world.engine.tryRotate(ada.tokens.refreshToken);
  REQUIRE_FALSE(reused);
  CHECK(reused.denial().code == code::tokenReuseDetected);
  CHECK(reused.denial().userId == ada.user.id);
  CHECK(reused.denial().sessionId == ada.session.id);
  CHECK(world.engine.tryRotate(rotated->tokens.refreshToken).denial().code == code::tokenInvalid);
  CHECK(world.engine.tryRotate("rubbish").denial().code == code::tokenInvalid);
  const auto second = world.signIn();
  world.clock.advance(std::chrono::days{31});
  CHECK(world.engine.tryRotate(second.tokens.refreshToken).denial().code == code::tokenExpired);
}

TEST_CASE("checkPassword matches the right password alone, and says when its hash should be replaced") {
  EngineConfig config = testConfig();
  config.bcryptRounds = 5;
  World world(config);
  const std::string hash = world.engine.hashPassword("correct horse");
  CHECK(world.engine.checkPassword("correct horse", hash).matches);
  CHECK_FALSE(world.engine.checkPassword("correct horse", hash).rehash);
  CHECK_FALSE(world.engine.checkPassword("wrong horse", hash).matches);
  CHECK_FALSE(world.engine.checkPassword("correct horse", std::nullopt).matches);
  CHECK_FALSE(world.engine.checkPassword("correct horse", "not a hash").matches);

  const std::string cheap = PasswordHasher({.rounds = 4}).hash("correct horse");
  const PasswordCheck outdated = world.engine.checkPassword("correct horse", cheap);
  CHECK(outdated.matches);
  CHECK(outdated.rehash);
  CHECK_FALSE(world.engine.checkPassword("wrong horse", cheap).rehash);
}

TEST_CASE("terminateAllSessions ends every session of the user and of nobody else") {
  World world;
  const SignIn ada = world.signUp();
  const SignIn again = world.signIn();
  const SignIn grace = world.signUp("grace@example.org");
  CHECK(world.engine.terminateAllSessions(ada.user.id, end_reason::userDisabled) == 2);
  CHECK(codeOf([&] { world.engine.authenticate(ada.tokens.accessToken); }) == code::sessionTerminated);
  CHECK(codeOf([&] { world.engine.rotateRefreshToken(again.tokens.refreshToken); }) == code::tokenInvalid);
  CHECK(world.engine.endReasonOf(ada.session.id) == std::string(end_reason::userDisabled));
  CHECK(world.engine.authenticate(grace.tokens.accessToken).sub == grace.user.id);
  CHECK(world.engine.terminateAllSessions(ada.user.id) == 0);
}

}  // namespace glitch_protocol
