#include "engine/engine_config.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace glitch_protocol {

namespace {

constexpr std::size_t minSecretBytes = 32;  // RFC 7518 section 3.2: a key as long as the hash

void require(bool holds, const std::string& sentence) {
  if (!holds) throw std::invalid_argument(sentence);
}

void requireStrong(const Secret& secret, const std::string& name) {
  const std::string_view bytes = secret.view();
  require(bytes.size() >= minSecretBytes,
          name + " has " + std::to_string(bytes.size()) + " bytes; at least 32 random bytes are needed");
  require(!std::ranges::all_of(bytes, [&](char byte) { return byte == bytes.front(); }),
          name + " is one byte repeated; at least 32 random bytes are needed");
}

template <class Value>
void requireRange(Value value, Value low, Value high, const std::string& name) {
  require(value >= low && value <= high,
          name + " must lie between " + std::to_string(low) + " and " + std::to_string(high));
}

}  // namespace

void validate(const EngineConfig& config) {
  requireStrong(config.jwtSecret, "jwtSecret");
  for (const Secret& previous : config.previousJwtSecrets) requireStrong(previous, "a previous jwtSecret");
  requireRange<long>(config.accessTokenExpiryMinutes.count(), 1, 1440, "accessTokenExpiryMinutes");
  requireRange<long>(config.refreshTokenExpiryDays.count(), 1, 400, "refreshTokenExpiryDays");
  const int lowestRounds = config.hashingStrength == HashingStrength::forTests ? 4 : 10;
  requireRange(config.bcryptRounds, lowestRounds, 15, "bcryptRounds");
  requireRange<long>(config.refreshReuseWindowSeconds.count(), 0, 300, "refreshReuseWindowSeconds");
  requireRange<long>(config.sessionAbsoluteDays.count(), 0, 3650, "sessionAbsoluteDays");
  requireRange<long>(config.activityDebounceSeconds.count(), 0, 86400, "activityDebounceSeconds");
  require(config.recordingDelay.count() >= 0, "recordingDelay must not be negative");
  require(config.endedSessionRetentionDays.count() >= 1, "endedSessionRetentionDays must be at least 1");
  require(config.auditRetentionDays.count() >= 1, "auditRetentionDays must be at least 1");
}

}  // namespace glitch_protocol
