// Tests of Accounts: registration, sign-in, password changes, the operators' calls and the account history.
#include "engine/accounts.h"

#include "engine/audit_events.h"
#include "engine/end_reasons.h"
#include "engine/passwords/bcrypt.h"
#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> fieldCodes(const std::function<void()>& call) {
  std::vector<std::string> codes;
  try {
    call();
  } catch (const ValidationError& error) {
    for (const FieldError& field : error.fields()) codes.push_back(field.field + " " + field.code);
  }
  return codes;
}

std::string storedHash(World& world) {
  return world.accounts.getUserByEmail(World::email).passwordHash;
}

std::vector<std::string> history(World& world, const UserId& user) {
  std::vector<std::string> events;
  for (const AuditEvent& event : world.accounts.activity(user)) events.push_back(event.event);
  return events;
}

}  // namespace

TEST_CASE("an empty database has no users and refuses every sign-in") {
  World world;
  CHECK(world.accounts.listUsers("", 10).empty());
  CHECK(codeOf([&] { world.accounts.login("admin@example.org", "admin", {}); }) == code::invalidCredentials);
}

TEST_CASE("registration creates the account and signs the user in") {
  World world;
  const SignIn signIn =
      world.accounts.registerUser({"Ada@Example.ORG", World::password, "Ada"}, {"203.0.113.7", "x"});
  CHECK(signIn.user.email == "ada@example.org");
  CHECK(signIn.user.name == "Ada");
  CHECK(world.engine.authenticate(signIn.tokens.accessToken).sub == signIn.user.id);
  CHECK(world.accounts.login("ADA@example.org", World::password, {}).user.id == signIn.user.id);
}

TEST_CASE("e-mail addresses that differ only in case belong to the same account") {
  World world;
  world.signUp();
  CHECK(codeOf([&] { world.signUp("ADA@EXAMPLE.ORG"); }) == code::emailTaken);
  CHECK(world.accounts.listUsers("", 10).size() == 1);
}

TEST_CASE("a refused registration names every invalid field") {
  World world;
  const auto registering = [&](const NewUser& wanted) {
    return fieldCodes([&] { world.accounts.registerUser(wanted, {}); });
  };
  using Codes = std::vector<std::string>;
  CHECK(registering({"no-address", "short", "a\nb"}) ==
        Codes{"email NOT_AN_EMAIL", "password TOO_SHORT", "name NOT_ALLOWED"});
  CHECK(registering({World::email, std::string(73, 'x'), {}}) == Codes{"password TOO_LONG"});
  CHECK(registering({World::email, std::string("12345678\0x", 10), {}}) == Codes{"password NUL_CHARACTER"});
  CHECK(registering({World::email, "password123", {}}) == Codes{"password TOO_COMMON"});
  CHECK(registering({World::email, World::password, std::string(201, 'x')}) == Codes{"name TOO_LONG"});
  CHECK(world.accounts.listUsers("", 10).empty());
}

TEST_CASE("closed registration refuses new users, but an operator can add them") {
  World world(testConfig(), {.registration = Registration::closed, .passwordRules = {}});
  CHECK(codeOf([&] { world.signUp(); }) == code::registrationClosed);
  CHECK_NOTHROW(world.accounts.addUser({World::email, World::password, {}}));
  CHECK_NOTHROW(world.signIn());
}

TEST_CASE(
    "an unknown user, a wrong password and a disabled account are refused with the same code and message") {
  World world;
  const SignIn disabled = world.signUp("disabled@example.org");
  world.signUp();
  world.accounts.disableUser(disabled.user.id);
  std::vector<std::string> messages;
  for (const auto& [email, password] :
       std::vector<std::pair<std::string, std::string>>{{"nobody@example.org", World::password},
                                                        {World::email, "wrong password"},
                                                        {"disabled@example.org", World::password},
                                                        {"not an address", World::password},
                                                        {World::email, std::string(100, 'x')},
                                                        {World::email, ""}}) {
    try {
      world.accounts.login(email, password, {});
      FAIL_CHECK("signed in as " << email);
    } catch (const AccountError& error) {
      CHECK(error.code() == code::invalidCredentials);
      messages.emplace_back(error.what());
    }
  }
  for (const std::string& message : messages) {
    CAPTURE(message);
    CHECK(message == messages.front());
  }
}

TEST_CASE("passwords that differ only after 72 bytes are different passwords") {
  World world;
  const std::string start(72, 'x');
  world.accounts.registerUser({World::email, start, {}}, {});
  CHECK(codeOf([&] { world.accounts.login(World::email, start + "y", {}); }) == code::invalidCredentials);
  CHECK(codeOf([&] { world.accounts.login(World::email, start.substr(1), {}); }) == code::invalidCredentials);
  CHECK_NOTHROW(world.accounts.login(World::email, start, {}));
}

TEST_CASE(
    "a hash of a password that bcryptjs cut matches its first 72 bytes only, and the log learns of the "
    "rest") {
  World world;
  const UserId user = world.signUp().user.id;
  const std::string whole = std::string(72, 'p') + "and the rest";
  world.database.write([&](Writer& writer) {
    User stored = *writer.users().find(user);
    stored.passwordHash = bcryptHash(whole.substr(0, 72), minBcryptCost, systemRandom());
    writer.users().update(stored);
  });
  const auto causeFor = [&](const std::string& password) -> std::string {
    try {
      world.accounts.login(World::email, password, {});
    } catch (const AccountError& refused) {
      CHECK(refused.code() == code::invalidCredentials);
      CHECK(std::string(refused.what()) == "The e-mail address or the password is wrong.");
      CHECK(refused.reason() == RefusalReason::wrongPassword);
      return refused.cause();
    }
    return "";
  };
  CHECK(causeFor(whole) == "wrong password, of more than 72 bytes");
  CHECK(causeFor("short and wrong") == "wrong password");
  CHECK(causeFor(whole.substr(0, 72)) == "");
}

TEST_CASE("leading and trailing spaces are part of a password") {
  World world;
  world.accounts.registerUser({World::email, "  with spaces  ", {}}, {});
  CHECK(codeOf([&] { world.accounts.login(World::email, "with spaces", {}); }) == code::invalidCredentials);
  CHECK_NOTHROW(world.accounts.login(World::email, "  with spaces  ", {}));
}

TEST_CASE("a correct password replaces a stored hash of a lower cost, a wrong one does not") {
  World world;
  world.signUp();
  EngineConfig stronger = testConfig();
  stronger.bcryptRounds = 5;
  Engine engine(world.database, noopCache(), noopBroadcaster(), stronger, world.clock, world.random);
  Accounts accounts(engine, {});
  REQUIRE(bcryptCost(storedHash(world)) == 4);
  CHECK(codeOf([&] { accounts.login(World::email, "wrong password", {}); }) == code::invalidCredentials);
  CHECK(bcryptCost(storedHash(world)) == 4);
  accounts.login(World::email, World::password, {});
  CHECK(bcryptCost(storedHash(world)) == 5);
  CHECK_NOTHROW(accounts.login(World::email, World::password, {}));
}

TEST_CASE("a sign-in with the old password fails if the password changes during the check") {
  // Runs a function before the next write: here, between the check of the password and the new session.
  class HookedDatabase : public DatabaseAdapter {
   public:
    explicit HookedDatabase(DatabaseAdapter& inner) : inner_(inner) {}
    std::function<void()> beforeWrite;
    void read(const std::function<void(Reader&)>& look) override { inner_.read(look); }
    void write(const std::function<void(Writer&)>& change) override {
      if (beforeWrite) std::exchange(beforeWrite, {})();
      inner_.write(change);
    }

   private:
    DatabaseAdapter& inner_;
  };
  MemoryDatabase memory;
  HookedDatabase database(memory);
  World world(&database);
  const SignIn signIn = world.signUp();
  World operators(&memory);
  database.beforeWrite = [&] { operators.accounts.setPassword(signIn.user.id, "another fine password"); };
  CHECK(codeOf([&] { world.signIn(); }) == code::invalidCredentials);
  CHECK(world.liveSessions(signIn.user.id) == 0);
}

TEST_CASE("a password change ends the other sessions and issues new tokens for its own session") {
  World world;
  const SignIn mine = world.signUp();
  const SignIn other = world.signIn();
  world.broadcaster.clear();
  const TokenPair renewed = world.accounts.changePassword(mine.user.id, mine.session.id, World::password,
                                                          "another fine password", {});
  CHECK(world.engine.authenticate(renewed.accessToken).sessionId == mine.session.id);
  CHECK(world.engine.rotateRefreshToken(renewed.refreshToken).sessionId == mine.session.id);
  CHECK(world.accounts.getUser(mine.user.id).passwordChangedAt == world.clock.now());
  CHECK(world.storedSession(other.session.id)->endReason == end_reason::passwordChanged);
  CHECK(world.broadcaster.last<SessionTerminatedEvent>()->reason == end_reason::passwordChanged);
  CHECK(codeOf([&] { world.signIn(); }) == code::invalidCredentials);
  CHECK_NOTHROW(world.accounts.login(World::email, "another fine password", {}));
}

TEST_CASE("a password change requires the current password, an acceptable new one and a live session") {
  World world;
  const SignIn mine = world.signUp();
  const SignIn other = world.signIn();
  const auto change = [&](const std::string& current, const std::string& next) {
    return fieldCodes(
        [&] { world.accounts.changePassword(mine.user.id, mine.session.id, current, next, {}); });
  };
  CHECK(change("wrong password", "another fine password") ==
        std::vector<std::string>{"currentPassword WRONG_PASSWORD"});
  CHECK(change(World::password, "short") == std::vector<std::string>{"newPassword TOO_SHORT"});
  CHECK(change(World::password, World::password) == std::vector<std::string>{"newPassword SAME_PASSWORD"});
  CHECK(change("wrong password", "wrong password") ==
        std::vector<std::string>{"currentPassword WRONG_PASSWORD"});
  CHECK(change(World::password, "password123") == std::vector<std::string>{"newPassword TOO_COMMON"});
  CHECK(fieldCodes([&] { world.accounts.setPassword(mine.user.id, "password123"); }) ==
        std::vector<std::string>{"password TOO_COMMON"});
  CHECK(world.liveSessions(mine.user.id) == 2);
  world.engine.terminateSession(mine.session.id, mine.user.id);
  CHECK(codeOf([&] { change(World::password, "another fine password"); }) == code::sessionTerminated);
  CHECK(world.liveSessions(other.user.id) == 1);
  CHECK_NOTHROW(world.signIn());
}

TEST_CASE(
    "a password change invalidates the earlier tokens of its session, but neither ends the session nor "
    "closes its stream") {
  World world;
  const SignIn mine = world.signUp();
  const TokenPair copy = world.engine.rotateRefreshToken(mine.tokens.refreshToken).tokens;
  const TokenPair second = world.engine.generateTokens(mine.user.id, mine.session.id);
  world.engine.authenticate(copy.accessToken);
  world.broadcaster.clear();
  const TokenPair renewed = world.accounts.changePassword(mine.user.id, mine.session.id, World::password,
                                                          "another fine password", {});
  for (const TokenPair& earlier : {mine.tokens, copy, second}) {
    CHECK(codeOf([&] { world.engine.authenticate(earlier.accessToken); }) == code::tokenInvalid);
    CHECK(codeOf([&] { world.engine.verifyForLogout(earlier.accessToken); }) == code::tokenInvalid);
    CHECK(codeOf([&] { world.engine.rotateRefreshToken(earlier.refreshToken); }) == code::tokenInvalid);
    CHECK(codeOf([&] { world.engine.identifyRefreshToken(earlier.refreshToken); }) == code::tokenInvalid);
    world.engine.logoutByRefreshToken(earlier.refreshToken);
  }
  CHECK(world.broadcaster.size() == 0);
  CHECK(world.liveSessions(mine.user.id) == 1);
  CHECK(world.engine.verifyForLogout(renewed.accessToken).sessionId == mine.session.id);
  const TokenPair next = world.engine.rotateRefreshToken(renewed.refreshToken).tokens;
  CHECK_NOTHROW(world.engine.authenticate(next.accessToken));
  CHECK(codeOf([&] { world.engine.rotateRefreshToken(renewed.refreshToken); }) == code::tokenReuseDetected);
}

TEST_CASE("after several password changes within one second only the last tokens are valid") {
  World world;
  const SignIn mine = world.signUp();
  std::vector<std::string> passwords{World::password};
  std::vector<TokenPair> pairs{mine.tokens};
  const auto change = [&] {
    const std::string next = "fine password number " + std::to_string(passwords.size());
    pairs.push_back(world.accounts.changePassword(mine.user.id, mine.session.id, passwords.back(), next, {}));
    passwords.push_back(next);
  };
  for (int i = 0; i < 60; ++i) {
    CAPTURE(i);
    change();
    CHECK_NOTHROW(world.engine.authenticate(pairs.back().accessToken));
    CHECK(codeOf([&] { world.engine.authenticate(pairs[pairs.size() - 2].accessToken); }) ==
          code::tokenInvalid);
  }
  // The tokens of a further change would have to be issued more than a minute in the future.
  CHECK_THROWS_AS(change(), BusyError);
  CHECK_NOTHROW(world.engine.authenticate(pairs.back().accessToken));
  world.clock.advance(1s);
  CHECK_NOTHROW(change());
}

TEST_CASE("an account that was disabled and enabled again has lost its sessions") {
  World world;
  const SignIn signIn = world.signUp();
  world.accounts.disableUser(signIn.user.id);
  world.accounts.enableUser(signIn.user.id);
  CHECK(codeOf([&] { world.engine.rotateRefreshToken(signIn.tokens.refreshToken); }) == code::tokenInvalid);
  CHECK_NOTHROW(world.signIn());
}

TEST_CASE("the operators' calls throw USER_NOT_FOUND for an unknown user") {
  World world;
  const UserId nobody{"nobody"};
  CHECK(codeOf([&] { world.accounts.disableUser(nobody); }) == code::userNotFound);
  CHECK(codeOf([&] { world.accounts.enableUser(nobody); }) == code::userNotFound);
  CHECK(codeOf([&] { world.accounts.deleteUser(nobody); }) == code::userNotFound);
  CHECK(codeOf([&] { world.accounts.setPassword(nobody, World::password); }) == code::userNotFound);
  CHECK(codeOf([&] { world.accounts.getUserByEmail("not an address"); }) == code::userNotFound);
}

TEST_CASE("the account history lists the events, newest first") {
  World world;
  const SignIn first = world.signUp();
  world.clock.advance(1s);
  const SignIn second = world.signIn();
  world.clock.advance(1s);
  CHECK(codeOf([&] { world.accounts.login(World::email, "wrong password", {"198.51.100.1", "x"}); }) != "");
  world.clock.advance(1s);
  world.engine.terminateSession(first.session.id, first.user.id);
  world.clock.advance(1s);
  world.engine.logout(second.session.id, second.user.id);
  world.clock.advance(1s);
  world.accounts.setPassword(first.user.id, "another fine password");
  CHECK(history(world, first.user.id) == std::vector<std::string>{"PASSWORD_CHANGED", "LOGGED_OUT",
                                                                  "SESSION_TERMINATED", "LOGIN_FAILED",
                                                                  "LOGIN_SUCCEEDED", "REGISTERED"});
  CHECK(world.accounts.activity(first.user.id).at(3).client.ipAddress == "198.51.100.1");
}

TEST_CASE(
    "the account history names the client that reused a token, and activity() returns the last 50 events") {
  World world;
  const SignIn signIn = world.signUp();
  world.engine.rotateRefreshToken(signIn.tokens.refreshToken);
  world.clock.advance(1s);
  CHECK_THROWS_AS(world.engine.rotateRefreshToken(signIn.tokens.refreshToken, {"198.51.100.66", "thief"}),
                  TokenError);
  bool named = false;
  for (const AuditEvent& event : world.accounts.activity(signIn.user.id)) {
    if (event.event == audit::tokenReuseDetected) named = event.client.ipAddress == "198.51.100.66";
  }
  CHECK(named);
  for (int i = 0; i < 60; ++i) world.signIn();
  CHECK(world.accounts.activity(signIn.user.id).size() == 50);
}
