// Applies the decision table of rotation.h.
#include "engine/sessions/rotation.h"

#include <algorithm>
#include <chrono>

#include "engine/errors.h"

namespace glitch_protocol::inline v1 {

namespace {

Decision refused(std::string_view cause) {
  return {Verdict::refused, cause, {}, {}};
}

Decision rotate(Writer& writer, Session session, Lineage lineage, const EngineConfig& config, TimePoint now) {
  const TimePoint expiresAt = refreshExpiry(config, session.createdAt, now);
  if (!writer.lineages().advance(lineage.id, lineage.counter, now, expiresAt)) {
    throw StoreError("a lineage has changed within the transaction that read it");
  }
  // A session may have several lineages; it expires with the last of them.
  session.expiresAt = std::max(session.expiresAt, expiresAt);
  session.lastActivity = std::max(session.lastActivity, now);
  writer.sessions().extend(session.id, session.expiresAt);
  writer.sessions().touch(session.id, session.lastActivity);
  ++lineage.counter;
  lineage.rotatedAt = now;
  lineage.expiresAt = expiresAt;
  return {Verdict::rotated, {}, std::move(session), lineage};
}

bool keepsTokens(const EngineConfig& config) {
  return config.hooks.refreshRotation && config.hooks.refreshRotation() == RefreshRotation::keep;
}

bool isRetry(const RefreshTokenParts& presented, const Lineage& lineage, const EngineConfig& config,
             TimePoint now) {
  // Absolute difference, because the wall clock may have been set back since the rotation.
  const auto sinceRotation = std::chrono::abs(now - lineage.rotatedAt);
  return presented.counter + 1 == lineage.counter && sinceRotation < config.refreshReuseWindowSeconds;
}

}  // namespace

TimePoint refreshExpiry(const EngineConfig& config, TimePoint createdAt, TimePoint now) {
  const TimePoint sliding = now + config.refreshTokenExpiryDays;
  if (config.sessionAbsoluteDays.count() == 0) return sliding;
  return std::min(sliding, createdAt + config.sessionAbsoluteDays);
}

Decision decideRotation(Writer& writer, const RefreshTokenParts& presented, const EngineConfig& config,
                        TimePoint now) {
  const auto lineage = writer.lineages().find(presented.lineageId);
  if (!lineage) return refused("unknown lineage");
  // The MAC is valid, so the token was issued; the row is older, for example after a restored backup.
  if (presented.counter > lineage->counter) return refused("token is newer than the database");
  if (lineage->expiresAt <= now) return {Verdict::expired, {}, {}, {}};

  auto session = writer.sessions().find(lineage->sessionId);
  if (!session) return refused("unknown session");
  if (session->endedAt) return refused("session has ended");

  if (presented.counter == lineage->counter && keepsTokens(config))
    return {Verdict::repeated, {}, std::move(*session), *lineage};
  if (presented.counter == lineage->counter)
    return rotate(writer, std::move(*session), *lineage, config, now);
  const Verdict verdict = isRetry(presented, *lineage, config, now) ? Verdict::repeated : Verdict::reused;
  return {verdict, {}, std::move(*session), *lineage};
}

}  // namespace glitch_protocol::inline v1
