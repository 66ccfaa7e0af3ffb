// Tests those promises of engine/engine.h that depend on many parallel threads, on any database. Included by the tests
// of the engine (in memory) and of the store (SQLite).
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/tokens/refresh_token.h"
#include "tests/catch.h"
#include "tests/support/waiting.h"
#include "tests/support/world.h"

namespace glitch_protocol::promises {

using DatabaseFactory = std::function<std::unique_ptr<DatabaseAdapter>()>;

/// The results of presenting one token several times in parallel.
struct Presentations {
  std::size_t rotated = 0;
  std::size_t reuseDetected = 0;
  std::size_t invalid = 0;
  std::size_t otherwise = 0;
  std::set<std::string> successors;
};

inline Presentations presentAtOnce(Engine& engine, const std::string& token, std::size_t count) {
  std::vector<std::string> outcomes(count);
  std::vector<std::string> successors(count);
  atOnce(count, [&](std::size_t i) {
    try {
      successors[i] = engine.rotateRefreshToken(token).tokens.refreshToken;
    } catch (const TokenError& error) {
      outcomes[i] = error.code();
    } catch (const std::exception& error) {
      outcomes[i] = error.what();
    }
  });
  Presentations result;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!successors[i].empty()) {
      ++result.rotated;
      result.successors.insert(successors[i]);
    } else if (outcomes[i] == code::tokenReuseDetected) {
      ++result.reuseDetected;
    } else if (outcomes[i] == code::tokenInvalid) {
      ++result.invalid;
    } else {
      ++result.otherwise;
    }
  }
  return result;
}

/// Promises 1 and 2, without a reuse window: one presentation succeeds in each round, and the first of the others ends
/// all sessions of the user durably.
inline void oneTokenManyThreads(const DatabaseFactory& makeDatabase, int rounds) {
  const auto database = makeDatabase();
  World world(database.get());
  const UserId user = world.signUp().user.id;
  for (int round = 0; round < rounds; ++round) {
    const std::size_t threads = std::size_t{2} << (round % 6);  // 2, 4, ... 64
    const SignIn victim = world.signIn();
    const SignIn bystander = world.signIn();
    const Presentations result = presentAtOnce(world.engine, victim.tokens.refreshToken, threads);
    CAPTURE(round, threads);
    REQUIRE(result.rotated == 1);
    REQUIRE(result.reuseDetected == 1);
    REQUIRE(result.invalid == threads - 2);  // for these the session has already ended
    REQUIRE(result.otherwise == 0);
    REQUIRE(world.liveSessions(user) == 0);
    REQUIRE(world.storedSession(bystander.session.id)->endReason == "token_reuse");
    REQUIRE(codeOf([&] { world.engine.rotateRefreshToken(*result.successors.begin()); }) ==
            code::tokenInvalid);
  }
}

/// Promise 3: within the reuse window all presentations get the same successor, and no session ends.
inline void oneTokenManyThreadsInsideWindow(const DatabaseFactory& makeDatabase, int rounds) {
  const auto database = makeDatabase();
  EngineConfig config = testConfig();
  config.refreshReuseWindowSeconds = std::chrono::seconds{10};
  World world(database.get(), config);
  const SignIn signIn = world.signUp();
  std::string token = signIn.tokens.refreshToken;
  for (int round = 0; round < rounds; ++round) {
    const std::size_t threads = std::size_t{2} << (round % 6);
    const Presentations result = presentAtOnce(world.engine, token, threads);
    CAPTURE(round, threads);
    REQUIRE(result.rotated == threads);
    REQUIRE(result.successors.size() == 1);
    REQUIRE(world.liveSessions(signIn.user.id) == 1);
    token = *result.successors.begin();
    world.clock.advance(std::chrono::seconds{11});
  }
}

/// Promise 5: after a refresh that races with `ending`, which ends the session, no token of the session is valid.
inline void refreshRacingWith(const DatabaseFactory& makeDatabase, int rounds,
                              const std::function<void(World&, const SignIn&)>& ending) {
  const auto database = makeDatabase();
  World world(database.get());
  world.signUp();
  for (int round = 0; round < rounds; ++round) {
    const SignIn victim = world.signIn();
    std::string successor;
    std::string failure;
    atOnce(2, [&](std::size_t i) {
      try {
        if (i == 0) ending(world, victim);
        if (i == 1)
          successor = world.engine.rotateRefreshToken(victim.tokens.refreshToken).tokens.refreshToken;
      } catch (const TokenError&) {
        // The session ended first.
      } catch (const std::exception& error) {
        failure = error.what();
      }
    });
    CAPTURE(round, failure);
    REQUIRE(failure.empty());
    REQUIRE(world.storedSession(victim.session.id)->endedAt.has_value());
    REQUIRE(codeOf([&] { world.engine.authenticate(victim.tokens.accessToken); }) == code::sessionTerminated);
    const std::string last = successor.empty() ? victim.tokens.refreshToken : successor;
    REQUIRE(codeOf([&] { world.engine.rotateRefreshToken(last); }) == code::tokenInvalid);
  }
}

inline void refreshRacingWithTerminate(const DatabaseFactory& makeDatabase, int rounds) {
  refreshRacingWith(makeDatabase, rounds, [](World& world, const SignIn& victim) {
    world.engine.terminateSession(victim.session.id, victim.user.id);
  });
}

inline void refreshRacingWithPasswordChange(const DatabaseFactory& makeDatabase, int rounds) {
  refreshRacingWith(makeDatabase, rounds, [](World& world, const SignIn& victim) {
    world.accounts.setPassword(victim.user.id, World::password);
  });
}

/// Promise 5, for the session that changes the password: it continues only with the tokens of that answer.
inline void refreshRacingWithOwnPasswordChange(const DatabaseFactory& makeDatabase, int rounds) {
  const auto database = makeDatabase();
  World world(database.get());
  world.signUp();
  std::string password = World::password;
  for (int round = 0; round < rounds; ++round) {
    const SignIn victim = world.accounts.login(World::email, password, {});
    const std::string next = "fine password number " + std::to_string(round);
    TokenPair renewed;
    std::vector<TokenPair> earlier{victim.tokens};
    std::string failure;
    atOnce(2, [&](std::size_t i) {
      try {
        if (i == 0)
          renewed = world.accounts.changePassword(victim.user.id, victim.session.id, password, next, {});
        if (i == 1) earlier.push_back(world.engine.rotateRefreshToken(victim.tokens.refreshToken).tokens);
      } catch (const TokenError&) {
        // The password changed first.
      } catch (const std::exception& error) {
        failure = error.what();
      }
    });
    password = next;
    CAPTURE(round, failure);
    REQUIRE(failure.empty());
    for (const TokenPair& dead : earlier)
      REQUIRE(codeOf([&] { world.engine.authenticate(dead.accessToken); }) == code::tokenInvalid);
    REQUIRE(codeOf([&] { world.engine.rotateRefreshToken(earlier.back().refreshToken); }) ==
            code::tokenInvalid);
    REQUIRE_NOTHROW(world.engine.authenticate(renewed.accessToken));
    REQUIRE(world.engine.rotateRefreshToken(renewed.refreshToken).sessionId == victim.session.id);
    REQUIRE(world.liveSessions(victim.user.id) == 1);
  }
}

/// Promise 9. Finally purges all lineages in order to count them.
inline void manyRotationsOneRow(const DatabaseFactory& makeDatabase, int rotations) {
  const auto database = makeDatabase();
  World world(database.get());
  std::string token = world.signUp().tokens.refreshToken;
  for (int i = 0; i < rotations; ++i) token = world.engine.rotateRefreshToken(token).tokens.refreshToken;
  const auto parts = RefreshTokens(testConfig().jwtSecret).decode(token);
  REQUIRE(parts.has_value());
  REQUIRE(parts->counter == static_cast<std::uint64_t>(rotations));
  std::size_t lineages = 0;
  const TimePoint afterAll = world.clock.now() + std::chrono::days{400};
  world.database.write([&](Writer& writer) { lineages = writer.lineages().purgeExpired(afterAll, 1000); });
  REQUIRE(lineages == 1);
}

}  // namespace glitch_protocol::promises
