// Engine: the calls about tokens.
#include <utility>

#include "engine/audit_events.h"
#include "engine/core/core.h"
#include "engine/end_reasons.h"
#include "engine/engine.h"
#include "engine/sessions/rotation.h"

namespace glitch_protocol::inline v1 {

namespace {

constexpr std::string_view issuedBeforeChange = "issued before the password was changed";

constexpr std::string_view unknownUser = "the user is unknown or disabled";
constexpr std::string_view foreignToken = "not a token of this server";

/// False for a refresh token of a user who is unknown to the app's directory or disabled there. Needs one more read;
/// called only for apps with their own directory.
bool hasKnownOwner(Core& core, const RefreshTokenParts& token) {
  std::optional<Session> session;
  core.database.read([&](Reader& reader) {
    const auto lineage = reader.lineages().find(token.lineageId);
    session = lineage ? reader.sessions().find(lineage->sessionId) : std::nullopt;
  });
  return !session || session->endedAt || core.isKnownUser(session->userId);
}

const CheckedRefreshToken& required(const std::optional<CheckedRefreshToken>& token) {
  if (!token) throw createTokenInvalidError(foreignToken);
  return *token;
}

/// Runs in the transaction that detects the reuse: the sessions must stay ended although the call fails.
EndedSessions endReused(Core& core, Writer& writer, const Session& session, const ClientInfo& presentedBy) {
  const bool known = !presentedBy.ipAddress.empty();
  core.sessions.note(writer, {audit::tokenReuseDetected, Actor::server}, session.userId, session.id,
                     known ? presentedBy : session.client);
  if (core.config.reuseScope == ReuseScope::session) {
    return core.sessions.end(writer, session, end_reason::tokenReuse,
                             {audit::sessionTerminated, Actor::server});
  }
  return core.sessions.endAll(writer, session.userId, SessionId{}, end_reason::tokenReuse, Actor::server);
}

}  // namespace

TokenPair Engine::generateTokens(const UserId& userId, const SessionId& sessionId) {
  core_->requireKnownUser(userId);
  Session session;
  Lineage lineage;
  core_->database.write([&](Writer& writer) {
    const auto found = writer.sessions().find(sessionId);
    const bool isLive = found && !found->endedAt && found->expiresAt > core_->clock.now();
    if (!isLive || found->userId != userId) throw createSessionNotFoundError();
    session = *found;
    lineage = core_->sessions.startLineage(writer, session);
  });
  core_->sessionCache.forgetList(userId);
  return core_->sign(session, lineage, lineage.createdAt);
}

std::optional<CheckedRefreshToken> Engine::checkRefreshToken(std::string_view refreshToken) const {
  const auto parts = core_->refreshTokens.decode(refreshToken);
  return parts ? std::optional(CheckedRefreshToken(parts->lineageId, parts->counter)) : std::nullopt;
}

Rotation Engine::rotateRefreshToken(std::string_view refreshToken, const ClientInfo& presentedBy) {
  return rotateRefreshToken(required(checkRefreshToken(refreshToken)), presentedBy);
}

Rotation Engine::rotateRefreshToken(const CheckedRefreshToken& token, const ClientInfo& presentedBy) {
  return tryRotate(token, presentedBy).orThrow();
}

Result<Rotation> Engine::tryRotate(std::string_view refreshToken, const ClientInfo& presentedBy) {
  const auto token = checkRefreshToken(refreshToken);
  if (!token) return Denial{.code = code::tokenInvalid, .cause = std::string(foreignToken)};
  return tryRotate(*token, presentedBy);
}

Result<Rotation> Engine::tryRotate(const CheckedRefreshToken& token, const ClientInfo& presentedBy) {
  const RefreshTokenParts parts{token.lineageId_, token.counter_};
  if (core_->hasEmbeddersDirectory() && !hasKnownOwner(*core_, parts))
    return Denial{.code = code::tokenInvalid, .cause = std::string(unknownUser)};
  Decision decision;
  TimePoint decidedAt;
  EndedSessions ended;
  core_->database.write([&](Writer& writer) {
    ended = {};
    decidedAt = core_->clock.now();
    decision = decideRotation(writer, parts, core_->config, decidedAt);
    if (decision.verdict == Verdict::reused) ended = endReused(*core_, writer, decision.session, presentedBy);
  });
  switch (decision.verdict) {
    case Verdict::refused:
      return Denial{.code = code::tokenInvalid, .cause = std::string(decision.cause)};
    case Verdict::expired:
      return Denial{.code = code::tokenExpired};
    case Verdict::reused:
      core_->sessions.announceEnded(std::move(ended));
      return Denial{.code = code::tokenReuseDetected,
                    .userId = decision.session.userId,
                    .sessionId = decision.session.id};
    case Verdict::rotated:
      core_->sessionCache.forgetList(decision.session.userId);
      break;
    case Verdict::repeated:
      break;
  }
  return Rotation{core_->sign(decision.session, decision.lineage, decidedAt), decision.session.userId,
                  decision.session.id};
}

RefreshIdentity Engine::identifyRefreshToken(std::string_view refreshToken) {
  return identifyRefreshToken(required(checkRefreshToken(refreshToken)));
}

RefreshIdentity Engine::identifyRefreshToken(const CheckedRefreshToken& token) {
  std::optional<Lineage> lineage;
  std::optional<Session> session;
  core_->database.read([&](Reader& reader) {
    lineage = reader.lineages().find(token.lineageId_);
    session = lineage ? reader.sessions().find(lineage->sessionId) : std::nullopt;
  });
  if (!session) throw createTokenInvalidError("unknown lineage");
  if (lineage->expiresAt <= core_->clock.now()) throw createTokenExpiredError();
  if (session->endedAt) throw createTokenInvalidError("session has ended");
  if (token.counter_ != lineage->counter)
    throw createTokenInvalidError("not the current token of its lineage");
  if (!core_->isKnownUser(session->userId)) throw createTokenInvalidError(unknownUser);
  return {session->userId, session->id, lineage->rotatedAt};
}

AccessClaims Engine::verifyAccessToken(std::string_view accessToken) const {
  return core_->accessTokens.verify(accessToken, core_->clock.now());
}

AccessClaims Engine::authenticate(std::string_view accessToken) {
  return tryAuthenticate(accessToken).orThrow();
}

Result<AccessClaims> Engine::tryAuthenticate(std::string_view accessToken) {
  Result<Identity> identity = tryIdentify(accessToken);
  if (!identity) return identity.denial();
  return std::move(identity).value().claims;
}

Identity Engine::identify(std::string_view accessToken) {
  return tryIdentify(accessToken).orThrow();
}

Result<Identity> Engine::tryIdentify(std::string_view accessToken) {
  const TimePoint now = core_->clock.now();
  Result<AccessClaims> verified = core_->accessTokens.check(accessToken, now);
  if (!verified) return verified.denial();
  AccessClaims claims = std::move(verified).value();
  CachedSession session = core_->sessions.find(claims.sessionId, now);
  if (session.userId.empty()) return Denial{.code = code::sessionTerminated, .cause = "unknown session"};
  if (session.userId != claims.sub)
    return Denial{.code = code::tokenInvalid, .cause = "the session is another user's"};
  const bool expired = session.ended ? session.endReason == end_reason::expired : session.expiresAt <= now;
  if (expired) return Denial{.code = code::sessionExpired};
  if (session.ended) return Denial{.code = code::sessionTerminated, .cause = session.endReason};
  if (claims.issuedAt < session.tokensFrom)
    return Denial{.code = code::tokenInvalid, .cause = std::string(issuedBeforeChange)};
  return Identity{std::move(claims), std::move(session.email), std::move(session.name),
                  session.userCreatedAt};
}

AccessClaims Engine::verifyForLogout(std::string_view accessToken) {
  AccessClaims claims = verifyAccessToken(accessToken);
  const CachedSession session = core_->sessions.find(claims.sessionId, core_->clock.now());
  const bool replaced = !session.ended && claims.issuedAt < session.tokensFrom;
  if (replaced) throw createTokenInvalidError(issuedBeforeChange);
  return claims;
}

}  // namespace glitch_protocol::inline v1
