// Connects the parts of the server.
#include "tests/bench/served_api.h"

#include <chrono>
#include <iostream>

#include "engine/clock.h"

namespace glitch_protocol::bench {
namespace {

EngineConfig engineConfig() {
  EngineConfig config;
  config.jwtSecret = Secret("q7Zt3mVb9XcLw2RfKd8sNp5yHgJu6eTa4oWi1kQxBvM");
  return config;
}

}  // namespace

ServedApi::ServedApi(const store::SqliteOptions& options, const web::ApiConfig& apiConfig)
    : log_(web::LogLevel::info, web::LogFormat::text, [] { return std::chrono::system_clock::now(); }),
      database_(options),
      cache_(systemClock()),
      engine_(database_, cache_, hub_, engineConfig()),
      accounts_(engine_, {}),
      api_(engine_, accounts_, hub_, apiConfig, log_, {}) {}

void waitForEndOfInput() {
  while (std::cin.get() != std::char_traits<char>::eof()) continue;
}

}  // namespace glitch_protocol::bench
