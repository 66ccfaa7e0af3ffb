// Tests of the ranges of the engine's settings.
#include "engine/engine_config.h"

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

TEST_CASE("a setting out of range is refused by name") {
  struct Row {
    std::string name;
    std::function<void(EngineConfig&)> change;
  };
  const std::vector<Row> rows = {
      {"jwtSecret", [](EngineConfig& c) { c.jwtSecret = Secret("short"); }},
      {"jwtSecret", [](EngineConfig& c) { c.jwtSecret = Secret(""); }},
      {"very few different characters", [](EngineConfig& c) { c.jwtSecret = Secret(std::string(64, 'a')); }},
      {"previous jwtSecret", [](EngineConfig& c) { c.previousJwtSecrets = {Secret("short")}; }},
      {"bcryptRounds", [](EngineConfig& c) { c.bcryptRounds = 16; }},
      {"bcryptRounds",
       [](EngineConfig& c) {
         c.hooks.hashingStrength = HashingStrength::production;
         c.bcryptRounds = 9;
       }},
      {"accessTokenExpiryMinutes", [](EngineConfig& c) { c.accessTokenExpiryMinutes = 0min; }},
      {"refreshTokenExpiryDays", [](EngineConfig& c) { c.refreshTokenExpiryDays = std::chrono::days{401}; }},
      {"refreshReuseWindowSeconds", [](EngineConfig& c) { c.refreshReuseWindowSeconds = -1s; }},
  };
  MemoryDatabase database;
  for (const Row& row : rows) {
    CAPTURE(row.name);
    EngineConfig config = testConfig();
    row.change(config);
    std::string message;
    try {
      const Engine engine(database, noopCache(), noopBroadcaster(), config);
    } catch (const std::invalid_argument& error) {
      message = error.what();
    }
    CHECK(message.find(row.name) != std::string::npos);
  }
}
