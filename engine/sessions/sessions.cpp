// The steps, announcements and reads of sessions.h.
#include "engine/sessions/sessions.h"

#include <algorithm>
#include <cstddef>
#include <new>
#include <utility>
#include <variant>

#include "engine/audit_events.h"
#include "engine/end_reasons.h"
#include "engine/errors.h"
#include "engine/sessions/rotation.h"

namespace glitch_protocol::inline v1 {

namespace {

// How many sessions over the limit one sign-in ends at most. It ends one, unless the limit has been lowered.
constexpr std::size_t maxEndedPerSignIn = 100;
// How many sessions endAll() reads at a time.
constexpr std::size_t endingBatch = 500;

// Earlier than any expiry. Passed as `now`, it makes "live" mean "has not ended".
constexpr TimePoint beforeAllTime{TimePoint::duration::min()};

SessionId newSessionId(RandomSource& random) {
  return SessionId{randomId(random)};
}

LineageId newLineageId(RandomSource& random) {
  LineageId id;
  random.fill(id.bytes);
  return id;
}

// Cuts between characters, so that UTF-8 remains well-formed.
std::string cut(std::string_view text, std::size_t maxBytes) {
  if (text.size() <= maxBytes) return std::string{text};
  std::size_t end = maxBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string{text.substr(0, end)};
}

SessionCursor cursorOf(const Session& session) {
  return {session.lastActivity, session.createdAt, session.id};
}

ValidationError unknownCursor() {
  return ValidationError(
      {{"after", "NOT_FOUND", "This is not one of your sessions. Leave it out to begin at the newest."}});
}

bool newestActivityFirst(const SessionInfo& a, const SessionInfo& b) {
  if (a.lastActivity != b.lastActivity) return a.lastActivity > b.lastActivity;
  if (a.createdAt != b.createdAt) return a.createdAt > b.createdAt;
  return a.id < b.id;
}

// Converts the first `limit` rows.
std::vector<SessionInfo> infosOf(const std::vector<Session>& rows, std::size_t limit) {
  std::vector<SessionInfo> infos;
  for (std::size_t i = 0; i < std::min(rows.size(), limit); ++i) infos.push_back(toInfo(rows[i]));
  return infos;
}

std::optional<UserFacts> factsOf(const std::optional<User>& user) {
  if (!user) return std::nullopt;
  return UserFacts{!user->disabledAt, user->email, user->name, user->createdAt};
}

CachedSession asCached(const std::optional<Session>& session, const std::optional<UserFacts>& user) {
  CachedSession cached;
  cached.ended = true;
  if (!session || !user) return cached;
  cached = {session->userId,
            session->expiresAt,
            session->endedAt.has_value(),
            session->endReason,
            user->email,
            user->name,
            user->createdAt,
            session->tokensFrom.value_or(TimePoint{})};
  if (!user->enabled && !cached.ended) {
    cached.ended = true;
    cached.endReason = end_reason::userDisabled;
  }
  return cached;
}

}  // namespace

SessionInfo toInfo(const Session& session) {
  return {session.id,        session.userId,       session.client,
          session.createdAt, session.lastActivity, session.expiresAt};
}

ClientInfo toStore(const ClientInfo& client) {
  return {cut(client.ipAddress, maxIpAddressBytes), cut(client.userAgent, maxUserAgentBytes)};
}

Sessions::Sessions(Ports ports) : ports_(ports) {}

OpenedSession Sessions::open(Writer& writer, const UserId& user, const ClientInfo& client) {
  const TimePoint now = ports_.clock.now();
  OpenedSession opened;
  opened.evicted = makeRoom(writer, user);
  opened.session.id = newSessionId(ports_.random);
  opened.session.userId = user;
  opened.session.client = toStore(client);
  opened.session.createdAt = now;
  opened.session.lastActivity = now;
  opened.session.expiresAt = refreshExpiry(ports_.config, now, now);
  writer.sessions().insert(opened.session);
  noteChange(writer, ChangeKind::session, opened.session.id.str());
  opened.lineage = startLineage(writer, opened.session);
  return opened;
}

// Bounds the work of one sign-in. After an operator has lowered the limit, further sign-ins end the rest.
EndedSessions Sessions::makeRoom(Writer& writer, const UserId& user) {
  EndedSessions ended{user, std::string{end_reason::sessionLimit}, {}};
  const std::size_t limit = ports_.config.maxSessionsPerUser;
  if (limit == 0) return ended;
  const TimePoint now = ports_.clock.now();
  const std::uint64_t live = writer.sessions().countLive(user, now);
  if (live < limit) return ended;
  const auto excess = static_cast<std::size_t>(std::min<std::uint64_t>(live - limit + 1, maxEndedPerSignIn));
  for (const Session& session : writer.sessions().listOldestLive(user, now, excess)) {
    if (endRow(writer, session, now, ended.reason, {audit::sessionLimitReached, Actor::server})) {
      noteChange(writer, ChangeKind::session, session.id.str());
      ended.sessions.push_back(session.id);
    }
  }
  return ended;
}

Lineage Sessions::startLineage(Writer& writer, const Session& session) {
  const TimePoint now = ports_.clock.now();
  Lineage lineage;
  lineage.id = newLineageId(ports_.random);
  lineage.sessionId = session.id;
  lineage.createdAt = now;
  lineage.rotatedAt = now;
  lineage.expiresAt = refreshExpiry(ports_.config, session.createdAt, now);
  writer.lineages().insert(lineage);
  if (lineage.expiresAt > session.expiresAt) writer.sessions().extend(session.id, lineage.expiresAt);
  return lineage;
}

// Access tokens contain whole seconds. The new ones are issued in the next second, because otherwise the old ones
// of this second would remain valid. Each further change within a second uses one second more, up to the clock
// tolerance of AccessTokens::verify().
RenewedSession Sessions::renewTokens(Writer& writer, Session session) {
  using std::chrono::seconds;
  const TimePoint now = ports_.clock.now();
  const TimePoint nextSecond = std::chrono::floor<seconds>(now) + seconds{1};
  const TimePoint from = std::max(nextSecond, session.tokensFrom.value_or(TimePoint{}) + seconds{1});
  if (from > now + clockTolerance) throw BusyError("this session's tokens are replaced too often");
  session.tokensFrom = from;
  writer.sessions().setTokensFrom(session.id, from);
  writer.lineages().removeOf(session.id);
  noteChange(writer, ChangeKind::session, session.id.str());
  Lineage lineage = startLineage(writer, session);
  return {std::move(session), std::move(lineage)};
}

EndedSessions Sessions::end(Writer& writer, const Session& session, std::string_view reason,
                            const AuditAction& action) {
  EndedSessions ended{session.userId, std::string{reason}, {}};
  if (endRow(writer, session, ports_.clock.now(), reason, action)) {
    noteChange(writer, ChangeKind::session, session.id.str());
    ended.sessions.push_back(session.id);
  }
  return ended;
}

bool Sessions::endRow(Writer& writer, const Session& session, TimePoint now, std::string_view reason,
                      const AuditAction& action) {
  if (!writer.sessions().end(session.id, now, reason)) return false;
  if (!action.event.empty()) note(writer, action, session.userId, session.id, session.client);
  return true;
}

EndedSessions Sessions::endAll(Writer& writer, const UserId& user, const SessionId& keep,
                               std::string_view reason, Actor by) {
  EndedSessions all{user, std::string{reason}, {}};
  const TimePoint now = ports_.clock.now();
  std::optional<SessionCursor> after;
  for (;;) {
    const auto batch = writer.sessions().listLive(user, beforeAllTime, after, endingBatch);
    for (const Session& session : batch) {
      if (session.id == keep) continue;
      if (endRow(writer, session, now, reason, {audit::sessionTerminated, by}))
        all.sessions.push_back(session.id);
    }
    if (batch.size() < endingBatch) break;
    after = cursorOf(batch.back());
  }
  if (!all.sessions.empty()) noteChange(writer, ChangeKind::user, user.str());
  return all;
}

// Nobody acts when a session expires, so neither the account history nor the change feed gets an entry.
std::map<UserId, EndedSessions> Sessions::endExpired(Writer& writer, std::size_t limit) {
  const TimePoint now = ports_.clock.now();
  std::map<UserId, EndedSessions> ended;
  for (const Session& session : writer.sessions().listExpired(now, limit)) {
    if (!endRow(writer, session, now, end_reason::expired, {})) continue;
    EndedSessions& ofUser = ended[session.userId];
    ofUser.userId = session.userId;
    ofUser.reason = end_reason::expired;
    ofUser.sessions.push_back(session.id);
  }
  return ended;
}

void Sessions::noteChange(Writer& writer, ChangeKind kind, std::string_view id) {
  writer.changes().insert({kind, std::string(id), ports_.clock.now(), ports_.origin});
}

void Sessions::note(Writer& writer, const AuditAction& action, const UserId& user, const SessionId& session,
                    const ClientInfo& client) {
  AuditEvent entry;
  entry.time = ports_.clock.now();
  entry.event = action.event;
  entry.actor = action.by;
  entry.userId = user;
  if (!session.empty()) entry.sessionId = session;
  entry.client = toStore(client);
  writer.audit().insert(entry);
}

// The change has already been committed: a step that fails must not prevent the other steps, nor fail the caller's
// request.
template <class Step>
void Sessions::attempt(Step step) {
  try {
    step();
  } catch (const StoreError& error) {
    if (ports_.config.onBackgroundError) ports_.config.onBackgroundError(error.what());
  } catch (const BusyError& error) {
    if (ports_.config.onBackgroundError) ports_.config.onBackgroundError(error.what());
  } catch (const std::bad_alloc& error) {
    if (ports_.config.onBackgroundError) ports_.config.onBackgroundError(error.what());
  }
}

void Sessions::announceOpened(OpenedSession& opened) {
  announceEnded(std::move(opened.evicted));
  attempt([&] { ports_.cache.forgetList(opened.session.userId); });
  attempt(
      [&] { ports_.broadcaster.emitToUser(opened.session.userId, SessionNewEvent{toInfo(opened.session)}); });
}

void Sessions::forgetRenewed(const RenewedSession& renewed) {
  attempt([&] { ports_.cache.forget(renewed.session.id); });
  attempt([&] { ports_.cache.forgetList(renewed.session.userId); });
}

// Ids and reason are moved into the event, so that the streams are told even when memory is exhausted.
void Sessions::announceEnded(EndedSessions ended) {
  if (ended.sessions.empty()) return;
  attempt([&] { ports_.cache.rememberEnded(ended.userId, ended.sessions, ended.reason); });
  attempt([&] { ports_.cache.forgetList(ended.userId); });
  SessionEvent event = SessionTerminatedEvent{SessionId{}, std::move(ended.reason)};
  for (SessionId& session : ended.sessions) {
    std::get<SessionTerminatedEvent>(event).sessionId = std::move(session);
    attempt([&] { ports_.broadcaster.emitToUser(ended.userId, event); });
  }
  announceList(ended.userId, std::nullopt);
}

void Sessions::announceList(const UserId& user, const std::optional<SocketId>& socket) {
  const MutexLock lock(listMutexes_[std::hash<UserId>{}(user) % listLocks]);
  // If this fails, the devices get the next list.
  attempt([&] {
    SessionPage first = page(user, {});
    const SessionsUpdatedEvent event{std::move(first.sessions), first.total};
    if (socket) {
      ports_.broadcaster.emitToSocket(*socket, event);
    } else {
      ports_.broadcaster.emitToUser(user, event);
    }
  });
}

TokenPair Sessions::sign(const AccessTokens& access, const RefreshTokens& refresh, const Session& session,
                         const Lineage& lineage, TimePoint decidedAt) const {
  TokenPair pair;
  // No access token outlives its session, so that apps which check only the signature are not misled.
  pair.accessTokenExpiresAt = std::min(decidedAt + ports_.config.accessTokenExpiryMinutes, lineage.expiresAt);
  pair.refreshTokenExpiresAt = lineage.expiresAt;
  const TimePoint issuedAt = std::max(decidedAt, session.tokensFrom.value_or(decidedAt));
  pair.accessToken = access.sign({session.userId, session.id, issuedAt, pair.accessTokenExpiresAt});
  pair.refreshToken = refresh.encode({lineage.id, lineage.counter});
  return pair;
}

FirstPage Sessions::firstPage(const UserId& user) {
  const TimePoint now = ports_.clock.now();
  auto cached = ports_.cache.getList(user);
  const auto isLive = [now](const SessionInfo& session) { return session.expiresAt > now; };
  if (cached && std::ranges::all_of(cached->sessions, isLive)) return std::move(*cached);

  const auto generation = ports_.cache.generation(user);
  FirstPage first;
  ports_.database.read([&](Reader& reader) {
    const auto rows = reader.sessions().listLive(user, now, std::nullopt, maxSessionsPerPage + 1);
    first.sessions = infosOf(rows, maxSessionsPerPage);
    first.total = rows.size() > maxSessionsPerPage ? reader.sessions().countLive(user, now) : rows.size();
  });
  ports_.cache.putList(user, generation, first);
  return first;
}

SessionPage Sessions::page(const UserId& user, const SessionPageRequest& request) {
  const std::size_t limit = std::clamp<std::size_t>(request.limit, 1, maxSessionsPerPage);
  SessionPage page;
  if (request.after) {
    page = pageAfter(user, *request.after, limit);
  } else {
    FirstPage first = firstPage(user);
    page.total = first.total;
    page.sessions = std::move(first.sessions);
    page.sessions.resize(std::min(page.sessions.size(), limit));
    if (!page.sessions.empty() && page.total > page.sessions.size()) page.next = page.sessions.back().id;
  }
  mergePendingActivity(page.sessions);
  return page;
}

SessionPage Sessions::pageAfter(const UserId& user, const SessionId& after, std::size_t limit) {
  SessionPage page;
  page.total = firstPage(user).total;
  ports_.database.read([&](Reader& reader) {
    const auto last = reader.sessions().find(after);
    if (!last || last->userId != user) throw unknownCursor();
    const auto rows = reader.sessions().listLive(user, ports_.clock.now(), cursorOf(*last), limit + 1);
    page.sessions = infosOf(rows, limit);
    page.next = rows.size() > limit ? std::optional(page.sessions.back().id) : std::nullopt;
  });
  return page;
}

std::vector<SessionInfo> Sessions::list(const UserId& user) {
  FirstPage first = firstPage(user);
  std::vector<SessionInfo> sessions = std::move(first.sessions);
  if (first.total > sessions.size()) {
    ports_.database.read([&](Reader& reader) {
      const auto rows = reader.sessions().listLive(user, ports_.clock.now());
      sessions = infosOf(rows, rows.size());
    });
  }
  mergePendingActivity(sessions);
  return sessions;
}

std::optional<SessionInfo> Sessions::findLive(const UserId& user, const SessionId& id) {
  std::optional<Session> session;
  ports_.database.read([&](Reader& reader) { session = reader.sessions().find(id); });
  const bool isLive = session && !session->endedAt && session->expiresAt > ports_.clock.now();
  if (!isLive || session->userId != user) return std::nullopt;
  std::vector<SessionInfo> one{toInfo(*session)};
  mergePendingActivity(one);
  return one.front();
}

void Sessions::mergePendingActivity(std::vector<SessionInfo>& sessions) const {
  for (SessionInfo& session : sessions) {
    const auto pending = ports_.recorder.pendingActivity(session.id);
    if (pending) session.lastActivity = std::max(session.lastActivity, *pending);
  }
  std::ranges::sort(sessions, newestActivityFirst);
}

CachedSession Sessions::find(const SessionId& id, TimePoint now) {
  // The cached expiry may be older than the last rotation, so an entry that looks expired is read again.
  if (auto cached = ports_.cache.get(id); cached && (cached->ended || cached->expiresAt > now)) {
    return std::move(*cached);
  }
  const SessionCache::Stamp stamp = ports_.cache.stamp(id);
  const auto& directory = ports_.config.userDirectory;
  std::optional<Session> session;
  std::optional<UserFacts> user;
  ports_.database.read([&](Reader& reader) {
    session = reader.sessions().find(id);
    user = session && !directory ? factsOf(reader.users().find(session->userId)) : std::nullopt;
  });
  if (session && directory) user = directory->find(session->userId);
  CachedSession found = asCached(session, user);
  ports_.cache.put(id, stamp, found);
  return found;
}

}  // namespace glitch_protocol::inline v1
