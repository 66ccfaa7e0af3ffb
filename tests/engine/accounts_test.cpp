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

TEST_CASE("a fresh database knows nobody") {
  World world;
  CHECK(world.accounts.listUsers("", 10).empty());
  CHECK(codeOf([&] { world.accounts.login("admin@example.org", "admin", {}); }) == code::invalidCredentials);
}

TEST_CASE("registering creates the account and signs it in") {
  World world;
  const SignIn signIn =
      world.accounts.registerUser({"Ada@Example.ORG", World::password, "Ada"}, {"203.0.113.7", "x"});
  CHECK(signIn.user.email == "ada@example.org");
  CHECK(signIn.user.name == "Ada");
  CHECK(world.engine.authenticate(signIn.tokens.accessToken).sub == signIn.user.id);
  CHECK(world.accounts.login("ADA@example.org", World::password, {}).user.id == signIn.user.id);
}

TEST_CASE("an e-mail is one account, however it is spelt") {
  World world;
  world.signUp();
  CHECK(codeOf([&] { world.signUp("ADA@EXAMPLE.ORG"); }) == code::emailTaken);
  CHECK(world.accounts.listUsers("", 10).size() == 1);
}

TEST_CASE("every refused field is named") {
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

TEST_CASE("closed registration refuses, but an operator may add users") {
  World world(testConfig(), {.registration = Registration::closed, .passwordRules = {}});
  CHECK(codeOf([&] { world.signUp(); }) == code::registrationClosed);
  CHECK_NOTHROW(world.accounts.addUser({World::email, World::password, {}}));
  CHECK_NOTHROW(world.signIn());
}

TEST_CASE("unknown user, wrong password and disabled account are refused alike") {
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

TEST_CASE("two passwords that differ after 72 bytes are not the same") {
  World world;
  const std::string start(72, 'x');
  world.accounts.registerUser({World::email, start, {}}, {});
  CHECK(codeOf([&] { world.accounts.login(World::email, start + "y", {}); }) == code::invalidCredentials);
  CHECK(codeOf([&] { world.accounts.login(World::email, start.substr(1), {}); }) == code::invalidCredentials);
  CHECK_NOTHROW(world.accounts.login(World::email, start, {}));
}

TEST_CASE("blanks at the ends of a password count") {
  World world;
  world.accounts.registerUser({World::email, "  eight blanks  ", {}}, {});
  CHECK(codeOf([&] { world.accounts.login(World::email, "eight blanks", {}); }) == code::invalidCredentials);
  CHECK_NOTHROW(world.accounts.login(World::email, "  eight blanks  ", {}));
}

TEST_CASE("a right password against a hash of a lower cost replaces that hash, a wrong one does not") {
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

TEST_CASE("a sign-in that was being checked while the password changed has to use the new one") {
  // The database changes the password between the check and the session.
  class Meddling : public DatabaseAdapter {
   public:
    explicit Meddling(DatabaseAdapter& inner) : inner_(inner) {}
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
  Meddling meddling(memory);
  World world(&meddling);
  const SignIn signIn = world.signUp();
  World operators(&memory);
  meddling.beforeWrite = [&] { operators.accounts.setPassword(signIn.user.id, "another fine password"); };
  CHECK(codeOf([&] { world.signIn(); }) == code::invalidCredentials);
  CHECK(world.liveSessions(signIn.user.id) == 0);
}

TEST_CASE("changing the password ends the other sessions and gives this one new tokens") {
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

TEST_CASE("a password change needs the current password, an acceptable new one, and a live session") {
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

TEST_CASE("a change of the password leaves the session's earlier tokens dead, its stream and itself alive") {
  World world;
  const SignIn mine = world.signUp();
  const TokenPair copy = world.engine.rotateRefreshToken(mine.tokens.refreshToken).tokens;
  const TokenPair second = world.engine.generateTokens(mine.user.id, mine.session.id);
  world.engine.authenticate(copy.accessToken);
  world.broadcaster.clear();
  const TokenPair renewed = world.accounts.changePassword(mine.user.id, mine.session.id, World::password,
                                                          "another fine password", {});
  for (const TokenPair& dead : {mine.tokens, copy, second}) {
    CHECK(codeOf([&] { world.engine.authenticate(dead.accessToken); }) == code::tokenInvalid);
    CHECK(codeOf([&] { world.engine.verifyForLogout(dead.accessToken); }) == code::tokenInvalid);
    CHECK(codeOf([&] { world.engine.rotateRefreshToken(dead.refreshToken); }) == code::tokenInvalid);
    CHECK(codeOf([&] { world.engine.identifyRefreshToken(dead.refreshToken); }) == code::tokenInvalid);
    world.engine.logoutByRefreshToken(dead.refreshToken);
  }
  CHECK(world.broadcaster.size() == 0);
  CHECK(world.liveSessions(mine.user.id) == 1);
  CHECK(world.engine.verifyForLogout(renewed.accessToken).sessionId == mine.session.id);
  const TokenPair next = world.engine.rotateRefreshToken(renewed.refreshToken).tokens;
  CHECK_NOTHROW(world.engine.authenticate(next.accessToken));
  CHECK(codeOf([&] { world.engine.rotateRefreshToken(renewed.refreshToken); }) == code::tokenReuseDetected);
}

TEST_CASE("several changes of the password within one second leave the last tokens alone alive") {
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
  // A further one would have to be issued more than a minute ahead.
  CHECK_THROWS_AS(change(), BusyError);
  CHECK_NOTHROW(world.engine.authenticate(pairs.back().accessToken));
  world.clock.advance(1s);
  CHECK_NOTHROW(change());
}

TEST_CASE("a disabled account is out at once and comes back without its sessions") {
  World world;
  const SignIn signIn = world.signUp();
  world.accounts.disableUser(signIn.user.id);
  world.accounts.enableUser(signIn.user.id);
  CHECK(codeOf([&] { world.engine.rotateRefreshToken(signIn.tokens.refreshToken); }) == code::tokenInvalid);
  CHECK_NOTHROW(world.signIn());
}

TEST_CASE("operators are told when there is no such user") {
  World world;
  const UserId nobody{"nobody"};
  CHECK(codeOf([&] { world.accounts.disableUser(nobody); }) == code::userNotFound);
  CHECK(codeOf([&] { world.accounts.enableUser(nobody); }) == code::userNotFound);
  CHECK(codeOf([&] { world.accounts.deleteUser(nobody); }) == code::userNotFound);
  CHECK(codeOf([&] { world.accounts.setPassword(nobody, World::password); }) == code::userNotFound);
  CHECK(codeOf([&] { world.accounts.getUserByEmail("not an address"); }) == code::userNotFound);
}

TEST_CASE("the account's history has what happened, newest first") {
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

TEST_CASE("the history names who presented a superseded token, and keeps the last 50 events") {
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
