#include "engine/sessions.h"

#include <algorithm>

#include "engine/audit_events.h"
#include "engine/end_reasons.h"
#include "engine/rotation.h"

namespace glitch_protocol {

namespace {

constexpr std::size_t maxUserAgentBytes = 512;

// Earlier than any expiry: "live" then means "has not ended".
constexpr TimePoint beforeAllTime{TimePoint::duration::min()};

SessionId newSessionId(RandomSource& random) {
  return SessionId{randomId(random)};
}

LineageId newLineageId(RandomSource& random) {
  LineageId id;
  random.fill(id.bytes);
  return id;
}

// Cuts at a character's start, so that UTF-8 stays UTF-8.
std::string cut(std::string_view text, std::size_t maxBytes) {
  if (text.size() <= maxBytes) return std::string{text};
  std::size_t end = maxBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string{text.substr(0, end)};
}

bool newestActivityFirst(const SessionInfo& a, const SessionInfo& b) {
  if (a.lastActivity != b.lastActivity) return a.lastActivity > b.lastActivity;
  if (a.createdAt != b.createdAt) return a.createdAt > b.createdAt;
  return a.id < b.id;
}

}  // namespace

SessionInfo toInfo(const Session& session) {
  return {session.id,        session.userId,       session.client,
          session.createdAt, session.lastActivity, session.expiresAt};
}

ClientInfo toStore(const ClientInfo& client) {
  return {client.ipAddress, cut(client.userAgent, maxUserAgentBytes)};
}

Sessions::Sessions(Ports ports) : ports_(ports) {}

OpenedSession Sessions::open(Writer& writer, const UserId& user, const ClientInfo& client) {
  const TimePoint now = ports_.clock.now();
  OpenedSession opened;
  makeRoom(writer, user, opened);
  opened.session.id = newSessionId(ports_.random);
  opened.session.userId = user;
  opened.session.client = toStore(client);
  opened.session.createdAt = now;
  opened.session.lastActivity = now;
  opened.session.expiresAt = refreshExpiry(ports_.config, now, now);
  writer.insertSession(opened.session);
  opened.lineage = startLineage(writer, opened.session);
  return opened;
}

void Sessions::makeRoom(Writer& writer, const UserId& user, OpenedSession& opened) {
  opened.evicted.userId = user;
  const std::size_t limit = ports_.config.maxSessionsPerUser;
  if (limit == 0) return;
  std::vector<Session> live = writer.listLiveSessions(user, ports_.clock.now());
  std::ranges::sort(live, {}, &Session::createdAt);
  for (std::size_t i = 0; i + limit <= live.size(); ++i) {
    const EndedSessions one = end(writer, live[i], end_reason::sessionLimit, audit::sessionLimitReached);
    opened.evicted.sessions.insert(opened.evicted.sessions.end(), one.sessions.begin(), one.sessions.end());
  }
}

Lineage Sessions::startLineage(Writer& writer, const Session& session) {
  const TimePoint now = ports_.clock.now();
  Lineage lineage;
  lineage.id = newLineageId(ports_.random);
  lineage.sessionId = session.id;
  lineage.createdAt = now;
  lineage.rotatedAt = now;
  lineage.expiresAt = refreshExpiry(ports_.config, session.createdAt, now);
  writer.insertLineage(lineage);
  if (lineage.expiresAt > session.expiresAt) writer.extendSession(session.id, lineage.expiresAt);
  return lineage;
}

EndedSessions Sessions::end(Writer& writer, const Session& session, std::string_view reason,
                            std::string_view event) {
  EndedSessions ended{session.userId, {}};
  const TimePoint now = ports_.clock.now();
  if (!writer.endSession(session.id, now, reason)) return ended;
  if (!event.empty()) note(writer, event, session.userId, session.id, session.client);
  ended.sessions.push_back(session);
  ended.sessions.back().endedAt = now;
  ended.sessions.back().endReason = reason;
  return ended;
}

EndedSessions Sessions::endAll(Writer& writer, const UserId& user, const SessionId& keep,
                               std::string_view reason) {
  EndedSessions all{user, {}};
  for (const Session& session : writer.listLiveSessions(user, beforeAllTime)) {
    if (session.id == keep) continue;
    const EndedSessions one = end(writer, session, reason, audit::sessionTerminated);
    all.sessions.insert(all.sessions.end(), one.sessions.begin(), one.sessions.end());
  }
  return all;
}

void Sessions::note(Writer& writer, std::string_view event, const UserId& user, const SessionId& session,
                    const ClientInfo& client) {
  AuditEvent entry;
  entry.time = ports_.clock.now();
  entry.event = event;
  entry.userId = user;
  if (!session.empty()) entry.sessionId = session;
  entry.client = toStore(client);
  writer.insertAuditEvent(entry);
}

void Sessions::announceOpened(const OpenedSession& opened) {
  announceEnded(opened.evicted);
  ports_.cache.forgetList(opened.session.userId);
  ports_.broadcaster.emitToUser(opened.session.userId, SessionNewEvent{toInfo(opened.session)});
}

void Sessions::announceEnded(const EndedSessions& ended) {
  if (ended.sessions.empty()) return;
  ports_.cache.rememberEnded(ended.sessions);
  ports_.cache.forgetList(ended.userId);
  for (const Session& session : ended.sessions) {
    ports_.broadcaster.emitToUser(ended.userId, SessionTerminatedEvent{session.id, session.endReason});
  }
  announceList(ended.userId, std::nullopt);
}

void Sessions::announceList(const UserId& user, const std::optional<SocketId>& socket) {
  const std::lock_guard lock(listMutexes_[std::hash<UserId>{}(user) % listLocks]);
  try {
    const SessionsUpdatedEvent event{list(user)};
    if (socket) {
      ports_.broadcaster.emitToSocket(*socket, event);
    } else {
      ports_.broadcaster.emitToUser(user, event);
    }
  } catch (const StoreError& error) {
    // What is announced has been committed, and its caller must hear that; a device that misses this list
    // gets the next one.
    if (ports_.config.onBackgroundError) ports_.config.onBackgroundError(error.what());
  }
}

TokenPair Sessions::sign(const AccessTokens& access, const RefreshTokens& refresh, const Session& session,
                         const Lineage& lineage) const {
  const TimePoint now = ports_.clock.now();
  TokenPair pair;
  // No token outlives its session, so that those who only check signatures are not misled.
  pair.accessTokenExpiresAt = std::min(now + ports_.config.accessTokenExpiryMinutes, lineage.expiresAt);
  pair.refreshTokenExpiresAt = lineage.expiresAt;
  pair.accessToken = access.sign({session.userId, session.id, now, pair.accessTokenExpiresAt});
  pair.refreshToken = refresh.encode({lineage.id, lineage.counter});
  return pair;
}

std::vector<SessionInfo> Sessions::readList(const UserId& user) {
  const auto generation = ports_.cache.generation(user);
  std::vector<SessionInfo> sessions;
  ports_.database.read([&](Reader& reader) {
    for (const Session& session : reader.listLiveSessions(user, ports_.clock.now())) {
      sessions.push_back(toInfo(session));
    }
  });
  ports_.cache.putList(user, generation, sessions);
  return sessions;
}

std::vector<SessionInfo> Sessions::list(const UserId& user) {
  auto cached = ports_.cache.getList(user);
  std::vector<SessionInfo> sessions = cached ? std::move(*cached) : readList(user);
  const TimePoint now = ports_.clock.now();
  std::erase_if(sessions, [&](const SessionInfo& session) { return session.expiresAt <= now; });
  for (SessionInfo& session : sessions) {
    const auto pending = ports_.recorder.pendingActivity(session.id);
    if (pending) session.lastActivity = std::max(session.lastActivity, *pending);
  }
  std::ranges::sort(sessions, newestActivityFirst);
  return sessions;
}

CachedSession Sessions::find(const SessionId& id) {
  // An expiry in the cache may be older than the last rotation: only a living entry is believed.
  if (auto cached = ports_.cache.get(id);
      cached && (cached->ended || cached->expiresAt > ports_.clock.now())) {
    return std::move(*cached);
  }
  const auto generation = ports_.cache.generation(id);
  CachedSession found;
  found.ended = true;
  ports_.database.read([&](Reader& reader) {
    const auto session = reader.findSession(id);
    const auto user = session ? reader.findUser(session->userId) : std::nullopt;
    if (!user) return;
    found = {user->id,   session->expiresAt, session->endedAt.has_value(), session->endReason, user->email,
             user->name, user->createdAt};
  });
  ports_.cache.put(id, generation, found);
  return found;
}

}  // namespace glitch_protocol
