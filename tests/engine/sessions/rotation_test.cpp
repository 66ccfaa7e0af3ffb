// Tests of the decision table of engine/sessions/rotation.h.
#include "engine/sessions/rotation.h"

#include "engine/tokens/refresh_token.h"
#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

namespace {

RefreshTokenParts partsOf(const std::string& token) {
  return RefreshTokens(testConfig().jwtSecret, {}).decode(token).value();
}

std::string tokenOf(const RefreshTokenParts& parts) {
  return RefreshTokens(testConfig().jwtSecret, {}).encode(parts);
}

Decision decide(World& world, const RefreshTokenParts& parts, const EngineConfig& config = testConfig()) {
  Decision decision;
  world.database.write(
      [&](Writer& writer) { decision = decideRotation(writer, parts, config, world.clock.now()); });
  return decision;
}

}  // namespace

TEST_CASE("a token with an invalid MAC is refused without using the database") {
  World world;
  const SignIn signIn = world.signUp();
  std::string changed = signIn.tokens.refreshToken;
  changed[20] = changed[20] == 'A' ? 'B' : 'A';
  world.database.resetCounters();
  for (const std::string& token : {std::string{}, std::string{"x"}, changed, signIn.tokens.accessToken}) {
    CAPTURE(token);
    CHECK(codeOf([&] { world.engine.rotateRefreshToken(token); }) == code::tokenInvalid);
  }
  CHECK(world.database.reads() + world.database.writes() == 0);
}

TEST_CASE("an unknown lineage or a counter greater than stored is refused, and no session ends") {
  World world;
  const SignIn signIn = world.signUp();
  RefreshTokenParts unknown = partsOf(signIn.tokens.refreshToken);
  unknown.lineageId.bytes[0] ^= 1;
  RefreshTokenParts ahead = partsOf(signIn.tokens.refreshToken);
  ahead.counter += 1;
  CHECK(decide(world, unknown).verdict == Verdict::refused);
  CHECK(decide(world, ahead).verdict == Verdict::refused);
  CHECK(codeOf([&] { world.engine.rotateRefreshToken(tokenOf(ahead)); }) == code::tokenInvalid);
  CHECK(world.liveSessions(signIn.user.id) == 1);
}

TEST_CASE("the current token is rotated: the counter grows by one and the expiry moves forward") {
  World world;
  const SignIn signIn = world.signUp();
  world.clock.advance(5 * 24h);
  const Decision decision = decide(world, partsOf(signIn.tokens.refreshToken));
  CHECK(decision.verdict == Verdict::rotated);
  CHECK(decision.lineage.counter == 1);
  CHECK(decision.lineage.rotatedAt == world.clock.now());
  CHECK(decision.lineage.expiresAt == world.clock.now() + 30 * 24h);
  const auto stored = world.storedSession(signIn.session.id);
  CHECK(stored->expiresAt == decision.lineage.expiresAt);
  CHECK(stored->lastActivity == world.clock.now());
}

TEST_CASE("no token expires after the absolute expiry of its session") {
  EngineConfig config = testConfig();
  config.sessionAbsoluteDays = std::chrono::days{40};
  World world(config);
  const SignIn signIn = world.signUp();
  std::string token = signIn.tokens.refreshToken;
  for (int day = 0; day < 39; ++day) {
    CAPTURE(day);
    world.clock.advance(24h);
    const TokenPair pair = world.engine.rotateRefreshToken(token).tokens;
    token = pair.refreshToken;
    CHECK(pair.refreshTokenExpiresAt <= signIn.session.createdAt + 40 * 24h);
    CHECK(pair.accessTokenExpiresAt <= signIn.session.createdAt + 40 * 24h);
  }
  world.clock.advance(24h);
  CHECK(codeOf([&] { world.engine.rotateRefreshToken(token); }) == code::tokenExpired);
}

TEST_CASE("a token one behind is repeated only within the reuse window") {
  EngineConfig config = testConfig();
  config.refreshReuseWindowSeconds = 10s;
  struct Row {
    std::chrono::milliseconds after;
    Verdict verdict;
  };
  for (const Row& row : {Row{0ms, Verdict::repeated}, Row{9999ms, Verdict::repeated},
                         Row{10000ms, Verdict::reused}, Row{std::chrono::hours{1}, Verdict::reused}}) {
    CAPTURE(row.after.count());
    World world(config);
    const auto parts = partsOf(world.signUp().tokens.refreshToken);
    decide(world, parts, config);
    world.clock.advance(row.after);
    CHECK(decide(world, parts, config).verdict == row.verdict);
  }
}

TEST_CASE("a token two behind is reused, even within the reuse window") {
  EngineConfig config = testConfig();
  config.refreshReuseWindowSeconds = 10s;
  World world(config);
  const auto first = partsOf(world.signUp().tokens.refreshToken);
  auto second = first;
  second.counter = 1;
  decide(world, first, config);
  decide(world, second, config);
  CHECK(decide(world, first, config).verdict == Verdict::reused);
}

TEST_CASE("setting the clock back does not extend the reuse window") {
  EngineConfig config = testConfig();
  config.refreshReuseWindowSeconds = 10s;
  World world(config);
  const auto parts = partsOf(world.signUp().tokens.refreshToken);
  decide(world, parts, config);
  world.clock.jumpTo(world.clock.now() - 1h);
  CHECK(decide(world, parts, config).verdict == Verdict::reused);
}

TEST_CASE("a retry returns the same token as the first call, and that token is accepted") {
  EngineConfig config = testConfig();
  config.refreshReuseWindowSeconds = 10s;
  World world(config);
  const SignIn signIn = world.signUp();
  const auto first = world.engine.rotateRefreshToken(signIn.tokens.refreshToken);
  const auto again = world.engine.rotateRefreshToken(signIn.tokens.refreshToken);
  CHECK(again.tokens.refreshToken == first.tokens.refreshToken);
  CHECK_NOTHROW(world.engine.rotateRefreshToken(again.tokens.refreshToken));
}

TEST_CASE("a token of a previous secret is rotated into a token of the current one") {
  ManualClock clock;
  CountingRandom random;
  MemoryDatabase database;
  const Secret newSecret("another-secret-of-thirty-two-bytes-at-least");
  std::string oldToken;
  {
    Engine engine(database, noopCache(), noopBroadcaster(), testConfig(), clock, random);
    Accounts accounts(engine, {});
    oldToken = accounts.registerUser({World::email, World::password, {}}, {}).tokens.refreshToken;
  }
  EngineConfig config = testConfig();
  config.previousJwtSecrets = {config.jwtSecret};
  config.jwtSecret = newSecret;
  Engine engine(database, noopCache(), noopBroadcaster(), config, clock, random);
  const std::string token = engine.rotateRefreshToken(oldToken).tokens.refreshToken;
  CHECK(RefreshTokens(newSecret, {}).decode(token).has_value());

  config.previousJwtSecrets.clear();
  Engine withoutPrevious(database, noopCache(), noopBroadcaster(), config, clock, random);
  CHECK(codeOf([&] { withoutPrevious.rotateRefreshToken(oldToken); }) == code::tokenInvalid);
}

TEST_CASE("the error of a reuse contains the user and the session for the log") {
  World world;
  const SignIn signIn = world.signUp();
  world.engine.rotateRefreshToken(signIn.tokens.refreshToken);
  try {
    world.engine.rotateRefreshToken(signIn.tokens.refreshToken);
    FAIL("not detected");
  } catch (const TokenError& error) {
    CHECK(error.userId() == signIn.user.id);
    CHECK(error.sessionId() == signIn.session.id);
  }
}

TEST_CASE("identifying a refresh token neither rotates it nor counts as reuse") {
  World world;
  const SignIn signIn = world.signUp();
  CHECK(world.engine.identifyRefreshToken(signIn.tokens.refreshToken).sessionId == signIn.session.id);
  const auto next = world.engine.rotateRefreshToken(signIn.tokens.refreshToken);
  CHECK(codeOf([&] { world.engine.identifyRefreshToken(signIn.tokens.refreshToken); }) == code::tokenInvalid);
  CHECK(world.engine.identifyRefreshToken(next.tokens.refreshToken).userId == signIn.user.id);
  CHECK(world.liveSessions(signIn.user.id) == 1);
}

TEST_CASE("two lineages of a session rotate independently") {
  World world;
  const SignIn signIn = world.signUp();
  const TokenPair second = world.engine.generateTokens(signIn.user.id, signIn.session.id);
  CHECK_NOTHROW(world.engine.rotateRefreshToken(signIn.tokens.refreshToken));
  CHECK_NOTHROW(world.engine.rotateRefreshToken(second.refreshToken));
  world.engine.terminateSession(signIn.session.id, signIn.user.id);
  CHECK(codeOf([&] { world.engine.generateTokens(signIn.user.id, signIn.session.id); }) ==
        code::sessionNotFound);
}

TEST_CASE("no session is created when the random source fails") {
  World world;
  const SignIn signIn = world.signUp();
  // A source that works while the engine is constructed, and fails afterwards.
  class Failing : public RandomSource {
   public:
    void fill(std::span<std::uint8_t> bytes) override {
      if (++calls_ > 2) throw std::runtime_error("the generator failed");
      std::ranges::fill(bytes, std::uint8_t{1});
    }

   private:
    int calls_ = 0;
  } failing;
  Engine engine(world.database, world.cache, world.broadcaster, testConfig(), world.clock, failing);
  CHECK_THROWS_AS(engine.createSession(signIn.user.id, "", ""), std::runtime_error);
  CHECK(world.liveSessions(signIn.user.id) == 1);
}

TEST_CASE(
    "with refreshRotation keep, a refresh returns the same token, and a superseded token still counts as "
    "reuse") {
  RefreshRotation rotation = RefreshRotation::rotate;
  EngineConfig config = testConfig();
  config.hooks.refreshRotation = [&rotation] { return rotation; };
  World world(config);
  const SignIn signIn = world.signUp();
  const std::string second = world.engine.rotateRefreshToken(signIn.tokens.refreshToken).tokens.refreshToken;

  rotation = RefreshRotation::keep;
  for (int i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(world.engine.rotateRefreshToken(second).tokens.refreshToken == second);
  }
  rotation = RefreshRotation::rotate;
  CHECK(world.engine.rotateRefreshToken(second).tokens.refreshToken != second);

  rotation = RefreshRotation::keep;
  CHECK(codeOf([&] { world.engine.rotateRefreshToken(second); }) == code::tokenReuseDetected);
}
