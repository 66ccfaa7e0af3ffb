// An engine on fakes that a test can inspect and control.
#pragma once

#include <memory>
#include <string>

#include "engine/accounts.h"
#include "engine/engine.h"
#include "tests/support/failing_database.h"
#include "tests/support/fake_cache.h"
#include "tests/support/fake_random.h"
#include "tests/support/memory_database.h"
#include "tests/support/recording_broadcaster.h"

namespace glitch_protocol {

inline EngineConfig testConfig() {
  EngineConfig config;
  config.jwtSecret = Secret("0123456789abcdef-fedcba9876543210");
  config.hooks.hashingStrength = HashingStrength::forTests;
  config.bcryptRounds = 4;
  // Nothing is written in the background: a test calls flushRecords().
  config.recordingDelay = std::chrono::hours{24};
  return config;
}

/// The members may be used directly. *One thread at a time*, except the engine, which is thread-safe.
struct World {
  explicit World(EngineConfig config = testConfig(), AccountsConfig accountsConfig = {})
      : World(nullptr, std::move(config), std::move(accountsConfig)) {}

  /// Uses the given database, which must outlive this; null: one in memory.
  explicit World(DatabaseAdapter* elsewhere, EngineConfig config = testConfig(),
                 AccountsConfig accountsConfig = {})
      : database(elsewhere ? *elsewhere : memory),
        engine(database, cache, broadcaster, std::move(config), clock, random),
        accounts(engine, std::move(accountsConfig)) {}

  static constexpr auto password = "correct horse battery";
  static constexpr auto email = "ada@example.org";

  SignIn signUp(const std::string& address = email) {
    return accounts.registerUser({address, password, "Ada"}, {"203.0.113.7", "Mozilla/5.0"});
  }
  SignIn signIn(const std::string& address = email) {
    return accounts.login(address, password, {"203.0.113.8", "curl/8"});
  }

  std::optional<Session> storedSession(const SessionId& id) {
    std::optional<Session> session;
    database.read([&](Reader& reader) { session = reader.sessions().find(id); });
    return session;
  }
  std::size_t liveSessions(const UserId& user) {
    std::size_t count = 0;
    database.read([&](Reader& reader) { count = reader.sessions().listLive(user, clock.now()).size(); });
    return count;
  }

  ManualClock clock;
  CountingRandom random;
  MemoryDatabase memory;
  FailingDatabase database;
  FakeCache cache{clock};
  RecordingBroadcaster broadcaster;
  Engine engine;
  Accounts accounts;
};

/// The code of the AuthError that `call` throws; "" if it throws none.
template <class Call>
std::string codeOf(Call call) {
  try {
    call();
  } catch (const AuthError& error) {
    return error.code();
  }
  return "";
}

}  // namespace glitch_protocol
