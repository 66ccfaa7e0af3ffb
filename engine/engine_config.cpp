// Checks an EngineConfig.
#include "engine/engine_config.h"

#include <cstdint>
#include <stdexcept>
#include <string>

#include "engine/passwords/bcrypt.h"

namespace glitch_protocol::inline v1 {

namespace {

void require(bool holds, const std::string& sentence) {
  if (!holds) throw std::invalid_argument(sentence);
}

void requireStrong(const Secret& secret, const std::string& name) {
  if (const auto weakness = weaknessOfKey(secret.view())) throw std::invalid_argument(name + " " + *weakness);
}

void requireNumber(std::int64_t value, Bounds<std::int64_t> bounds, const std::string& name) {
  require(value >= bounds.least && value <= bounds.most,
          name + " must be between " + std::to_string(bounds.least) + " and " + std::to_string(bounds.most));
}

template <class Duration>
void requireRange(Duration value, Bounds<Duration> bounds, const std::string& name) {
  requireNumber(value.count(), {bounds.least.count(), bounds.most.count()}, name);
}

}  // namespace

void validate(const EngineConfig& config) {
  requireStrong(config.jwtSecret, "jwtSecret");
  for (const Secret& previous : config.previousJwtSecrets) requireStrong(previous, "a previous jwtSecret");
  requireRange(config.accessTokenExpiryMinutes, bounds::accessTokenExpiryMinutes, "accessTokenExpiryMinutes");
  requireRange(config.refreshTokenExpiryDays, bounds::refreshTokenExpiryDays, "refreshTokenExpiryDays");
  const int lowestRounds =
      config.hooks.hashingStrength == HashingStrength::forTests ? minBcryptCost : bounds::bcryptRounds.least;
  requireNumber(config.bcryptRounds, {lowestRounds, bounds::bcryptRounds.most}, "bcryptRounds");
  requireRange(config.refreshReuseWindowSeconds, bounds::refreshReuseWindowSeconds,
               "refreshReuseWindowSeconds");
  requireRange(config.sessionAbsoluteDays, bounds::sessionAbsoluteDays, "sessionAbsoluteDays");
  requireNumber(config.activityDebounceSeconds.count(), {0, 86400}, "activityDebounceSeconds");
  require(config.recordingDelay.count() >= 0, "recordingDelay must not be negative");
  require(config.endedSessionRetentionDays.count() >= 1, "endedSessionRetentionDays must be at least 1");
  require(config.auditRetentionDays.count() >= 1, "auditRetentionDays must be at least 1");
}

}  // namespace glitch_protocol::inline v1
