// Tests of the hasher: its results, the amount of its work, and its threads.
#include "engine/passwords/password_hasher.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/errors.h"
#include "engine/passwords/bcrypt.h"
#include "tests/catch.h"
#include "tests/support/waiting.h"
#include "tests/support/world.h"

namespace glitch_protocol {
namespace {

// Adds up the work of a hasher, and collects its threads.
class WorkLog {
 public:
  std::function<void(int)> callback() {
    return [this](int cost) {
      const std::lock_guard lock(mutex_);
      units_ += 1U << cost;
      threads_.insert(std::this_thread::get_id());
    };
  }

  // Units of work (2^cost each) since the last call.
  unsigned takeUnits() {
    const std::lock_guard lock(mutex_);
    return std::exchange(units_, 0);
  }

  std::set<std::thread::id> threads() {
    const std::lock_guard lock(mutex_);
    return threads_;
  }

 private:
  std::mutex mutex_;
  // guarded by mutex_
  unsigned units_ = 0;
  std::set<std::thread::id> threads_;
};

std::string hashOf(const std::string& password, int cost) {
  return bcryptHash(password, cost, systemRandom());
}

// The field and the code of the ValidationError that hashing `password` throws, "" if it throws none.
std::string refusal(PasswordHasher& hasher, const std::string& password) {
  try {
    hasher.hash(password);
    return "";
  } catch (const ValidationError& error) {
    return error.fields().size() == 1 ? error.fields()[0].field + " " + error.fields()[0].code
                                      : "other fields";
  }
}

}  // namespace

TEST_CASE("a hasher returns hashes of its cost that match the password") {
  PasswordHasher hasher({.rounds = 5});
  const std::string hash = hasher.hash("password");
  CHECK(hash.substr(0, 7) == "$2b$05$");
  CHECK(hasher.compare("password", hash));
  CHECK_FALSE(hasher.compare("passwort", hash));
  CHECK(hasher.compareInConstantWork("password", hash));
  CHECK_FALSE(hasher.compareInConstantWork("passwort", hash));
}

TEST_CASE("compareInConstantWork() does the same work for every result") {
  WorkLog log;
  PasswordHasher hasher({.rounds = 6, .onWork = log.callback()});
  const std::string longPassword(73, 'x');
  const std::string nulPassword("password\0", 9);
  struct Row {
    std::string what, password;
    std::optional<std::string> storedHash;
    bool matches;
  };
  const std::vector<Row> rows = {
      {"no user", "password", std::nullopt, false},
      {"right password", "password", hashOf("password", 6), true},
      {"wrong password", "passwort", hashOf("password", 6), false},
      {"empty password", "", hashOf("password", 6), false},
      {"right, one cost lower", "password", hashOf("password", 5), true},
      {"wrong, one cost lower", "passwort", hashOf("password", 5), false},
      {"right, two costs lower", "password", hashOf("password", 4), true},
      {"wrong, two costs lower", "passwort", hashOf("password", 4), false},
      {"empty hash", "password", "", false},
      {"libxcrypt's failure token", "*0", "*0", false},
      {"other algorithm", "password", "$1$salt$qJH7.N4xYta3aEG/dfqo/0", false},
      {"truncated hash", "password", hashOf("password", 6).substr(0, 59), false},
      {"cost too high to compute", "password", "$2b$31$" + std::string(53, '.'), false},
      {"password too long", longPassword, hashOf("password", 6), false},
      {"password too long, no user", longPassword, std::nullopt, false},
      {"password too long, cost lower", longPassword, hashOf("password", 4), false},
      {"password with NUL", nulPassword, hashOf("password", 6), false},
      {"password of a megabyte", std::string(1000000, 'x'), hashOf("password", 6), false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(hasher.compareInConstantWork(row.password, row.storedHash) == row.matches);
    CHECK(log.takeUnits() == 1U << 6);
  }
}

TEST_CASE("a hash of a higher cost than configured takes the work of its own cost, whatever the password") {
  WorkLog log;
  PasswordHasher hasher({.rounds = 4, .onWork = log.callback()});
  const std::string hash = hashOf("password", 7);
  for (const std::string& password :
       {std::string("password"), std::string("passwort"), std::string(73, 'x')}) {
    CAPTURE(password);
    CHECK(hasher.compareInConstantWork(password, hash) == (password == "password"));
    CHECK(log.takeUnits() == 1U << 7);
  }
}

TEST_CASE("compare() does the work of the stored hash only") {
  WorkLog log;
  PasswordHasher hasher({.rounds = 6, .onWork = log.callback()});
  CHECK(hasher.compare("password", hashOf("password", 4)));
  CHECK(log.takeUnits() == 1U << 4);
  CHECK_FALSE(hasher.compare("password", "*0"));
  CHECK_FALSE(hasher.compare(std::string(73, 'x'), hashOf("password", 4)));
  CHECK(log.takeUnits() == 0);
}

TEST_CASE("passwords that bcrypt would truncate are refused without hashing") {
  WorkLog log;
  PasswordHasher hasher({.rounds = 4, .onWork = log.callback()});
  CHECK(refusal(hasher, std::string(73, 'x')) == "password TOO_LONG");
  CHECK(refusal(hasher, std::string("pass\0word", 9)) == "password NUL_CHARACTER");
  CHECK(log.takeUnits() == 0);
  CHECK(refusal(hasher, std::string(72, 'x')) == "");
  CHECK(log.takeUnits() == 1U << 4);
}

TEST_CASE("hashing runs on at most the configured number of threads, and never on the caller's") {
  WorkLog log;
  PasswordHasher hasher({.rounds = 4, .threads = 1, .onWork = log.callback()});
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) callers.emplace_back([&hasher] { hasher.hash("password"); });
  for (std::thread& caller : callers) caller.join();
  CHECK(log.takeUnits() == 8 * (1U << 4));
  CHECK(log.threads().size() == 1);
  CHECK(log.threads().count(std::this_thread::get_id()) == 0);
}

TEST_CASE("there are never more hashing threads than cores") {
  WorkLog log;
  PasswordHasher hasher({.rounds = 4, .threads = 1000, .onWork = log.callback()});
  std::vector<std::thread> callers;
  for (int i = 0; i < 32; ++i) callers.emplace_back([&hasher] { hasher.hash("password"); });
  for (std::thread& caller : callers) caller.join();
  CHECK(log.takeUnits() == 32 * (1U << 4));
  CHECK(log.threads().size() <= std::max(1U, std::thread::hardware_concurrency()));
}

TEST_CASE("hashing threads run at a lower priority") {
  std::atomic<int> niceness = 0;
  PasswordHasher hasher({.rounds = 4, .onWork = [&niceness](int) {
                           niceness = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
                         }});
  hasher.hash("password");
  const int own = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
  CHECK(niceness == std::min(own + 5, 19));
}

TEST_CASE("with a full queue further calls are refused at once, and the waiting calls are served") {
  std::atomic<bool> started = false;
  Gate gate;
  std::atomic<int> served = 0;
  PasswordHasher hasher({.rounds = 4, .threads = 1, .maxWaiting = 2, .onWork = [&](int) {
                           if (!started.exchange(true)) gate.pass();
                         }});
  std::vector<std::thread> callers;
  callers.emplace_back([&] { served += hasher.hash("first").size() == 60 ? 1 : 0; });
  const bool threadIsBusy = eventually([&] { return started.load(); });

  // Of three further calls, two wait and one, whichever comes last, is refused at once.
  std::atomic<int> refused = 0;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      try {
        served += hasher.hash("later").size() == 60 ? 1 : 0;
      } catch (const BusyError&) {
        ++refused;
      }
    });
  }
  const bool oneIsRefused = eventually([&] { return refused == 1; });
  CHECK(threadIsBusy);
  CHECK(oneIsRefused);
  CHECK(hasher.load().running == 1);
  CHECK(hasher.load().waiting == 2);
  CHECK_THROWS_AS(hasher.compareInConstantWork("password", std::nullopt), BusyError);
  CHECK_THROWS_AS(hasher.compare("password", "$2b$04$" + std::string(53, '.')), BusyError);
  CHECK(served == 0);

  gate.open();
  for (std::thread& caller : callers) caller.join();
  CHECK(refused == 1);
  CHECK(served == 3);
  CHECK(hasher.hash("afterwards").size() == 60);
  CHECK(hasher.load().waiting == 0);
}

TEST_CASE("with maxWaiting 0, a free thread still serves one call after another") {
  PasswordHasher hasher({.rounds = 4, .threads = 1, .maxWaiting = 0});
  int served = 0;
  for (int i = 0; i < 50; ++i) served += hasher.hash("password").size() == 60 ? 1 : 0;
  CHECK(served == 50);
}

TEST_CASE("an exception on a hashing thread is passed to the caller, and the thread continues") {
  FailingRandom random;
  PasswordHasher hasher({.rounds = 4, .threads = 1}, random);
  for (int i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK_THROWS_AS(hasher.hash("password"), std::runtime_error);
  }
  CHECK(hasher.compare("password", hashOf("password", 4)));
}

TEST_CASE("a hasher that is not used computes nothing") {
  WorkLog log;
  { const PasswordHasher hasher({.rounds = 15, .onWork = log.callback()}); }
  CHECK(log.takeUnits() == 0);
}

TEST_CASE("a hash is outdated when its cost is lower than configured or it is not $2b$") {
  const PasswordHasher hasher({.rounds = 6});
  const std::string tail = "$" + std::string(53, '.');
  CHECK_FALSE(hasher.isOutdated("$2b$06" + tail));
  CHECK_FALSE(hasher.isOutdated("$2b$07" + tail));
  CHECK(hasher.isOutdated("$2b$05" + tail));
  CHECK(hasher.isOutdated("$2a$06" + tail));
  CHECK(hasher.isOutdated("$2y$06" + tail));
  CHECK(hasher.isOutdated("*0"));
  CHECK(hasher.isOutdated(""));
}

TEST_CASE("rounds out of range are refused") {
  const int rounds = GENERATE(-1, 0, 3, 16, 31);
  CHECK_THROWS_AS(PasswordHasher({.rounds = rounds}), std::invalid_argument);
}

TEST_CASE("two engines can share a hasher") {
  std::atomic<int> computed{0};
  EngineConfig config = testConfig();
  config.hooks.passwordHasher = std::make_shared<PasswordHasher>(
      PasswordHasherConfig{.rounds = 4, .threads = 1, .onWork = [&](int) { ++computed; }});
  World one(config);
  World other(config);
  const std::string hash = one.engine.hashPassword("correct horse battery");
  CHECK(other.engine.comparePassword("correct horse battery", hash));
  CHECK(computed == 2);
}

}  // namespace glitch_protocol
