// Engine: the calls about tokens.
#include <utility>

#include "engine/audit_events.h"
#include "engine/core/core.h"
#include "engine/end_reasons.h"
#include "engine/engine.h"
#include "engine/sessions/rotation.h"

namespace glitch_protocol {

namespace {

constexpr std::string_view issuedBeforeChange = "issued before the password was changed";

/// TokenError TOKEN_INVALID for a user who is unknown to the app's directory or disabled there.
void requireSignedIn(const Core& core, const UserId& user) {
  try {
    core.requireKnownUser(user);
  } catch (const AccountError&) {
    throw createTokenInvalidError("the user is unknown or disabled");
  }
}

/// The same for the user of a refresh token. Needs one more read; called only for apps with their own directory.
void requireOwnerOf(Core& core, const RefreshTokenParts& token) {
  std::optional<Session> session;
  core.database.read([&](Reader& reader) {
    const auto lineage = reader.lineages().find(token.lineageId);
    session = lineage ? reader.sessions().find(lineage->sessionId) : std::nullopt;
  });
  if (session && !session->endedAt) requireSignedIn(core, session->userId);
}

CheckedRefreshToken required(std::optional<CheckedRefreshToken>&& token) {
  if (!token) throw createTokenInvalidError("not a token of this server");
  return std::move(*token);
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
  const RefreshTokenParts parts{token.lineageId_, token.counter_};
  if (core_->hasEmbeddersDirectory()) requireOwnerOf(*core_, parts);
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
      throw createTokenInvalidError(decision.cause);
    case Verdict::expired:
      throw createTokenExpiredError();
    case Verdict::reused:
      core_->sessions.announceEnded(std::move(ended));
      throw createTokenReuseError(decision.session.userId, decision.session.id);
    case Verdict::rotated:
      core_->sessionCache.forgetList(decision.session.userId);
      break;
    case Verdict::repeated:
      break;
  }
  return {core_->sign(decision.session, decision.lineage, decidedAt), decision.session.userId,
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
  requireSignedIn(*core_, session->userId);
  return {session->userId, session->id, lineage->rotatedAt};
}

AccessClaims Engine::verifyAccessToken(std::string_view accessToken) const {
  return core_->accessTokens.verify(accessToken, core_->clock.now());
}

AccessClaims Engine::authenticate(std::string_view accessToken) {
  return identify(accessToken).claims;
}

Identity Engine::identify(std::string_view accessToken) {
  AccessClaims claims = verifyAccessToken(accessToken);
  CachedSession session = core_->sessions.find(claims.sessionId);
  if (session.userId.empty()) throw createSessionTerminatedError("unknown session");
  if (session.userId != claims.sub) throw createTokenInvalidError("the session is another user's");
  const bool expired =
      session.ended ? session.endReason == end_reason::expired : session.expiresAt <= core_->clock.now();
  if (expired) throw createSessionExpiredError();
  if (session.ended) throw createSessionTerminatedError(session.endReason);
  if (claims.issuedAt < session.tokensFrom) throw createTokenInvalidError(issuedBeforeChange);
  return {std::move(claims), std::move(session.email), std::move(session.name), session.userCreatedAt};
}

AccessClaims Engine::verifyForLogout(std::string_view accessToken) {
  AccessClaims claims = verifyAccessToken(accessToken);
  const CachedSession session = core_->sessions.find(claims.sessionId);
  const bool replaced = !session.ended && claims.issuedAt < session.tokensFrom;
  if (replaced) throw createTokenInvalidError(issuedBeforeChange);
  return claims;
}

}  // namespace glitch_protocol
