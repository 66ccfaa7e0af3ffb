// Engine: the calls about sessions.
#include <utility>

#include "engine/audit_events.h"
#include "engine/core/core.h"
#include "engine/end_reasons.h"
#include "engine/engine.h"

namespace glitch_protocol::inline v1 {

namespace {

struct SessionOfUser {
  const SessionId& session;
  const UserId& user;
};

/// Ends a session if it is this user's and has not ended. The caller announces it.
EndedSessions endOne(Core& core, const SessionOfUser& which, std::string_view reason,
                     const AuditAction& action) {
  EndedSessions ended;
  core.database.write([&](Writer& writer) {
    ended = {};
    const auto session = writer.sessions().find(which.session);
    if (session && session->userId == which.user) ended = core.sessions.end(writer, *session, reason, action);
  });
  return ended;
}

}  // namespace

CreatedSession Engine::createSession(const UserId& userId, std::string_view ipAddress,
                                     std::string_view userAgent) {
  requireStorable(userId, "userId");
  core_->requireKnownUser(userId);
  const ClientInfo client{std::string{ipAddress}, std::string{userAgent}};
  OpenedSession opened;
  core_->database.write([&](Writer& writer) {
    core_->requireUserRow(writer, userId);
    opened = core_->sessions.open(writer, userId, client);
  });
  core_->sessions.announceOpened(opened);
  return {toInfo(opened.session), core_->sign(opened.session, opened.lineage, opened.session.createdAt)};
}

std::vector<SessionInfo> Engine::getActiveSessions(const UserId& userId) {
  return core_->sessions.list(userId);
}

SessionPage Engine::getActiveSessions(const UserId& userId, const SessionPageRequest& request) {
  return core_->sessions.page(userId, request);
}

std::optional<SessionInfo> Engine::findActiveSession(const UserId& userId, const SessionId& sessionId) {
  return core_->sessions.findLive(userId, sessionId);
}

std::optional<std::string> Engine::endReasonOf(const SessionId& sessionId) {
  const TimePoint now = core_->clock.now();
  const CachedSession session = core_->sessions.find(sessionId, now);
  if (session.userId.empty()) return std::string{end_reason::userDeleted};
  if (session.ended) return session.endReason;
  if (session.expiresAt <= now) return std::string{end_reason::expired};
  return std::nullopt;
}

void Engine::terminateSession(const SessionId& sessionId, const UserId& userId, std::string_view reason,
                              Actor by) {
  const std::string_view because = reason.empty() ? end_reason::terminated : reason;
  EndedSessions ended = endOne(*core_, {sessionId, userId}, because, {audit::sessionTerminated, by});
  if (ended.sessions.empty()) throw createSessionNotFoundError();
  core_->sessions.announceEnded(std::move(ended));
}

std::size_t Engine::terminateAllSessions(const UserId& userId, std::string_view reason, Actor by) {
  const std::string_view because = reason.empty() ? end_reason::terminated : reason;
  EndedSessions ended;
  core_->database.write(
      [&](Writer& writer) { ended = core_->sessions.endAll(writer, userId, SessionId{}, because, by); });
  const std::size_t count = ended.sessions.size();
  core_->sessions.announceEnded(std::move(ended));
  return count;
}

std::size_t Engine::terminateAllOtherSessions(const UserId& userId, const SessionId& current, Actor by) {
  EndedSessions ended;
  core_->database.write([&](Writer& writer) {
    ended = core_->sessions.endAll(writer, userId, current, end_reason::terminatedOthers, by);
  });
  const std::size_t count = ended.sessions.size();
  core_->sessions.announceEnded(std::move(ended));
  return count;
}

std::optional<RefreshIdentity> Engine::logoutByRefreshToken(std::string_view refreshToken) {
  const auto token = checkRefreshToken(refreshToken);
  if (!token) throw createTokenInvalidError("not a token of this server");
  return logoutByRefreshToken(*token);
}

std::optional<RefreshIdentity> Engine::logoutByRefreshToken(const CheckedRefreshToken& token) {
  std::optional<RefreshIdentity> owner;
  EndedSessions ended;
  core_->database.write([&](Writer& writer) {
    owner.reset();
    ended = {};
    const auto lineage = writer.lineages().find(token.lineageId_);
    const auto session = lineage ? writer.sessions().find(lineage->sessionId) : std::nullopt;
    if (!session) return;
    owner = RefreshIdentity{session->userId, session->id, {}};
    ended = core_->sessions.end(writer, *session, end_reason::logout, {audit::loggedOut, Actor::user});
  });
  core_->sessions.announceEnded(std::move(ended));
  return owner;
}

void Engine::logout(const SessionId& sessionId, const UserId& userId) {
  core_->sessions.announceEnded(
      endOne(*core_, {sessionId, userId}, end_reason::logout, {audit::loggedOut, Actor::user}));
}

void Engine::updateSessionActivity(const SessionId& sessionId) {
  const auto debounce = core_->config.activityDebounceSeconds;
  if (debounce.count() > 0) {
    const std::string key = "activity:" + sessionId.str();
    if (core_->cache.get(key)) return;
    core_->cache.set(key, "", debounce);
  }
  requireStorable(sessionId, "sessionId");
  core_->recorder.touch(sessionId, core_->clock.now());
}

void Engine::flushActivity(const SessionId& sessionId) {
  if (core_->recorder.pendingActivity(sessionId)) core_->recorder.flush();
}

void Engine::updateSessionSocketId(const SessionId& sessionId, const std::optional<SocketId>& socketId) {
  requireStorable(sessionId, "sessionId");
  if (socketId) requireStorable(*socketId, "socketId");
  core_->recorder.setSocketId(sessionId, socketId);
}

}  // namespace glitch_protocol::inline v1
