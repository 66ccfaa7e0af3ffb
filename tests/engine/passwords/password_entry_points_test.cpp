// Tests that the password rules apply to all four calls that set a password: registration, the user's change, and the
// operator's calls that add a user and set a password.
#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "tests/engine/passwords/listed_passwords.h"
#include "tests/support/world.h"

namespace glitch_protocol {
namespace {

using EntryPoint = std::function<void(const std::string& password)>;

/// A signed-in user, and the four calls that set the user's password or that of a new user with a similar address.
struct Fixture {
  explicit Fixture(std::size_t minLength = PasswordRules{}.minLength)
      : world(testConfig(), {.registration = Registration::open, .passwordRules = {minLength}}),
        owner(world.accounts.registerUser({"grace.hopper@example.org", oldPassword, {}}, {})) {}

  std::map<std::string, EntryPoint> entryPoints() {
    Accounts& accounts = world.accounts;
    return {
        {"register",
         [&](const auto& next) {
           accounts.registerUser({newAddress(), next, {}}, {});
         }},
        {"add",
         [&](const auto& next) {
           accounts.addUser({newAddress(), next, {}});
         }},
        {"set", [&](const auto& next) { accounts.setPassword(owner.user.id, next); }},
        {"change",
         [&](const auto& next) {
           accounts.changePassword(owner.user.id, owner.session.id, oldPassword, next, {});
         }},
    };
  }

  static constexpr auto oldPassword = "a password that every rule of these tests accepts, as it is long";

  World world;
  SignIn owner;

 private:
  // A different address each time, with the same part before the @.
  std::string newAddress() { return "grace.hopper@" + std::to_string(++addresses_) + ".example.org"; }

  int addresses_ = 0;
};

/// The code with which the password is refused; "" if it is accepted.
std::string refusalOf(const EntryPoint& setPassword, const std::string& password) {
  try {
    setPassword(password);
    return "";
  } catch (const ValidationError& error) {
    return error.fields().size() == 1 ? error.fields()[0].code : "several";
  }
}

}  // namespace

TEST_CASE("every call that sets a password refuses all common passwords") {
  Fixture fixture;
  const std::vector<std::string> words = listedPasswords();
  REQUIRE(words.size() >= 3000);
  for (const auto& [name, setPassword] : fixture.entryPoints()) {
    const auto accepted = std::ranges::count_if(
        words, [&](const std::string& word) { return refusalOf(setPassword, word) != "TOO_COMMON"; });
    INFO(name);
    CHECK(accepted == 0);
  }
  CHECK(fixture.world.accounts.listUsers("", 10).size() == 1);
  CHECK_NOTHROW(fixture.world.accounts.login("grace.hopper@example.org", Fixture::oldPassword, {}));
}

TEST_CASE("every call that sets a password checks length, NUL and the user's address") {
  Fixture fixture;
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"7654wxy", "TOO_SHORT"},
      {std::string(73, 'v'), "TOO_LONG"},
      {std::string("long enough\0", 12), "NUL_CHARACTER"},
      {"Grace.Hopper", "TOO_COMMON"},
  };
  for (const auto& [name, setPassword] : fixture.entryPoints()) {
    for (const auto& [password, code] : rows) {
      INFO(name << " " << password);
      CHECK(refusalOf(setPassword, password) == code);
    }
  }
}

TEST_CASE("every call that sets a password applies a configured min length of up to 64") {
  for (const std::string name : {"register", "add", "set", "change"}) {
    Fixture fixture(60);
    INFO(name);
    CHECK(refusalOf(fixture.entryPoints().at(name), std::string(59, 'v')) == "TOO_SHORT");
    CHECK(refusalOf(fixture.entryPoints().at(name), std::string(60, 'v')) == "");
  }
  World strictest(testConfig(), {.registration = Registration::open, .passwordRules = {64}});
  const auto registering = [&](std::size_t length) {
    return refusalOf(
        [&](const std::string& password) {
          strictest.accounts.registerUser({World::email, password, {}}, {});
        },
        std::string(length, 'v'));
  };
  CHECK(registering(63) == "TOO_SHORT");
  CHECK(registering(64) == "");
}

TEST_CASE("a min length below 8 or above 64 is refused") {
  const auto minLength = GENERATE(as<std::size_t>{}, 0, 7, 65, 1000);
  World world;
  CHECK_THROWS_AS(
      Accounts(world.engine, {.registration = Registration::open, .passwordRules = {.minLength = minLength}}),
      std::invalid_argument);
}

}  // namespace glitch_protocol
