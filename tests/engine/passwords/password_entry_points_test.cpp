// A password is set in four places: registering, changing one's own, and an operator's adding and setting.
// The rules hold in each.
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

using Door = std::function<void(const std::string& password)>;

/// Somebody who is signed in, and each way to give them (or a newcomer of the same name) a password.
struct House {
  explicit House(std::size_t minLength = PasswordRules{}.minLength)
      : world(testConfig(), {.registration = Registration::open, .passwordRules = {minLength}}),
        owner(world.accounts.registerUser({"grace.hopper@example.org", oldPassword, {}}, {})) {}

  std::map<std::string, Door> doors() {
    Accounts& accounts = world.accounts;
    return {
        {"register",
         [&](const auto& next) {
           accounts.registerUser({newcomer(), next, {}}, {});
         }},
        {"add",
         [&](const auto& next) {
           accounts.addUser({newcomer(), next, {}});
         }},
        {"set", [&](const auto& next) { accounts.setPassword(owner.user.id, next); }},
        {"change",
         [&](const auto& next) {
           accounts.changePassword(owner.user.id, owner.session.id, oldPassword, next, {});
         }},
    };
  }

  static constexpr auto oldPassword = "a password of quite another kind, long enough for every rule";

  World world;
  SignIn owner;

 private:
  // Another account each time, with the same part before the @.
  std::string newcomer() { return "grace.hopper@" + std::to_string(++newcomers_) + ".example.org"; }

  int newcomers_ = 0;
};

/// The code that the password is refused with; "" when it is taken.
std::string refusalOf(const Door& door, const std::string& password) {
  try {
    door(password);
    return "";
  } catch (const ValidationError& error) {
    return error.fields().size() == 1 ? error.fields()[0].code : "several";
  }
}

}  // namespace

TEST_CASE("a common password is refused wherever a password is set, every one of them") {
  House house;
  const std::vector<std::string> words = listedPasswords();
  REQUIRE(words.size() >= 3000);
  for (const auto& [name, door] : house.doors()) {
    const auto taken = std::ranges::count_if(
        words, [&](const std::string& word) { return refusalOf(door, word) != "TOO_COMMON"; });
    INFO(name);
    CHECK(taken == 0);
  }
  CHECK(house.world.accounts.listUsers("", 10).size() == 1);
  CHECK_NOTHROW(house.world.accounts.login("grace.hopper@example.org", House::oldPassword, {}));
}

TEST_CASE("length, NUL and one's own address are judged wherever a password is set") {
  House house;
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"7654wxy", "TOO_SHORT"},
      {std::string(73, 'v'), "TOO_LONG"},
      {std::string("long enough\0", 12), "NUL_CHARACTER"},
      {"Grace.Hopper", "TOO_COMMON"},
  };
  for (const auto& [name, door] : house.doors()) {
    for (const auto& [password, code] : rows) {
      INFO(name << " " << password);
      CHECK(refusalOf(door, password) == code);
    }
  }
}

TEST_CASE("a longer minimum, up to 64, holds wherever a password is set") {
  for (const std::string name : {"register", "add", "set", "change"}) {
    House house(60);
    INFO(name);
    CHECK(refusalOf(house.doors().at(name), std::string(59, 'v')) == "TOO_SHORT");
    CHECK(refusalOf(house.doors().at(name), std::string(60, 'v')) == "");
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

TEST_CASE("a minimum below 8 or above 64 is not possible") {
  const auto minLength = GENERATE(as<std::size_t>{}, 0, 7, 65, 1000);
  World world;
  CHECK_THROWS_AS(
      Accounts(world.engine, {.registration = Registration::open, .passwordRules = {.minLength = minLength}}),
      std::invalid_argument);
}

}  // namespace glitch_protocol
