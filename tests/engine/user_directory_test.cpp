// Tests of the user directories of engine/user_directory.h: trustCaller(), an app's own, and none.
#include "engine/user_directory.h"

#include <map>
#include <memory>

#include "engine/end_reasons.h"
#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

namespace {

/// The directory of an app. With `database` set, it also fails when it is called inside a transaction of that database.
class AppUsers : public UserDirectory {
 public:
  std::optional<UserFacts> find(const UserId& id) override {
    ++calls;
    if (down) throw StoreError("the app's directory does not answer");
    if (database) database->read([](Reader&) {});  // std::logic_error inside a transaction
    const auto found = users.find(id);
    return found == users.end() ? std::nullopt : std::optional(found->second);
  }

  std::map<UserId, UserFacts> users;
  DatabaseAdapter* database = nullptr;
  int calls = 0;
  bool down = false;
};

const UserId ada("42");

EngineConfig with(std::shared_ptr<UserDirectory> directory) {
  EngineConfig config = testConfig();
  config.userDirectory = std::move(directory);
  return config;
}

std::shared_ptr<AppUsers> withAda() {
  auto users = std::make_shared<AppUsers>();
  users->users[ada] = {true, "ada@app.example", "Ada", TimePoint{5s}};
  return users;
}

}  // namespace

TEST_CASE("trustCaller: sessions of any user can be created, refreshed and ended without a row") {
  World world(with(trustCaller()));
  const CreatedSession created = world.engine.createSession(ada, "203.0.113.7", "app");
  const Identity identity = world.engine.identify(created.tokens.accessToken);
  CHECK(identity.claims.sub == ada);
  CHECK(identity.email.empty());
  CHECK(world.engine.getActiveSessions(ada).size() == 1);
  const Rotation next = world.engine.rotateRefreshToken(created.tokens.refreshToken);
  CHECK(next.userId == ada);
  CHECK_NOTHROW(world.engine.generateTokens(ada, created.session.id));
  CHECK(codeOf([&] { world.engine.rotateRefreshToken(created.tokens.refreshToken); }) ==
        code::tokenReuseDetected);
  CHECK(codeOf([&] { world.engine.authenticate(next.tokens.accessToken); }) == code::sessionTerminated);
  CHECK(codeOf([&] { world.engine.createSession(UserId(""), "", ""); }) == code::validationFailed);
}

TEST_CASE("trustCaller: a refresh needs no additional read of the database") {
  World world(with(trustCaller()));
  const CreatedSession created = world.engine.createSession(ada, "", "");
  world.database.resetCounters();
  world.engine.rotateRefreshToken(created.tokens.refreshToken);
  CHECK(world.database.reads() == 0);
  CHECK(world.database.writes() == 1);
}

TEST_CASE("the app's directory decides who gets a session, and provides the identity") {
  const auto users = withAda();
  World world(with(users));
  users->database = &world.memory;
  const CreatedSession created = world.engine.createSession(ada, "", "");
  const Identity identity = world.engine.identify(created.tokens.accessToken);
  CHECK(identity.email == "ada@app.example");
  CHECK(identity.name == "Ada");
  CHECK(identity.userCreatedAt == TimePoint{5s});
  CHECK(codeOf([&] { world.engine.createSession(UserId("nobody"), "", ""); }) == code::userNotFound);
  users->users[ada].enabled = false;
  CHECK(codeOf([&] { world.engine.createSession(ada, "", ""); }) == code::userNotFound);
  CHECK(codeOf([&] { world.engine.generateTokens(ada, created.session.id); }) == code::userNotFound);
}

TEST_CASE(
    "a user who is disabled or deleted in the app cannot refresh, and forgetUser() invalidates the access "
    "tokens") {
  const auto users = withAda();
  World world(with(users));
  const CreatedSession created = world.engine.createSession(ada, "", "");
  world.engine.authenticate(created.tokens.accessToken);
  const bool disabled = GENERATE(true, false);
  if (disabled) users->users[ada].enabled = false;
  if (!disabled) users->users.clear();
  CHECK(codeOf([&] { world.engine.rotateRefreshToken(created.tokens.refreshToken); }) == code::tokenInvalid);
  CHECK(codeOf([&] { world.engine.identifyRefreshToken(created.tokens.refreshToken); }) ==
        code::tokenInvalid);
  world.engine.forgetUser(ada);
  CHECK(codeOf([&] { world.engine.authenticate(created.tokens.accessToken); }) == code::sessionTerminated);
  CHECK(world.engine.endReasonOf(created.session.id) ==
        std::string(disabled ? end_reason::userDisabled : end_reason::userDeleted));
  users->users = withAda()->users;
  world.engine.forgetUser(ada);
  CHECK_NOTHROW(world.engine.authenticate(created.tokens.accessToken));
  CHECK_NOTHROW(world.engine.rotateRefreshToken(created.tokens.refreshToken));
}

TEST_CASE("a failing directory is an outage, never a verdict, and a warm cache does not call it") {
  const auto users = withAda();
  World world(with(users));
  const CreatedSession created = world.engine.createSession(ada, "", "");
  world.engine.authenticate(created.tokens.accessToken);
  users->down = true;
  const int calls = users->calls;
  CHECK_NOTHROW(world.engine.authenticate(created.tokens.accessToken));
  CHECK(users->calls == calls);
  CHECK_THROWS_AS(world.engine.rotateRefreshToken(created.tokens.refreshToken), StoreError);
  CHECK_THROWS_AS(world.engine.createSession(ada, "", ""), StoreError);
  world.cache.forgetEverything();
  CHECK_THROWS_AS(world.engine.authenticate(created.tokens.accessToken), StoreError);
  users->down = false;
  CHECK_NOTHROW(world.engine.rotateRefreshToken(created.tokens.refreshToken));
}

TEST_CASE(
    "without a directory, a user without a row gets no session, and deleting the row signs the user out") {
  World world;
  CHECK(codeOf([&] { world.engine.createSession(ada, "", ""); }) == code::userNotFound);
  const SignIn signIn = world.signUp();
  world.engine.authenticate(signIn.tokens.accessToken);
  world.accounts.deleteUser(signIn.user.id);
  CHECK(codeOf([&] { world.engine.authenticate(signIn.tokens.accessToken); }) == code::sessionTerminated);
}
