// The sessions of MemoryDatabase in ordinary maps.
#include "tests/support/memory_sessions.h"

#include <algorithm>
#include <utility>

#include "engine/errors.h"
#include "engine/text/ip_address.h"

namespace glitch_protocol {
namespace {

bool isLive(const Session& session, TimePoint now) {
  return !session.endedAt && session.expiresAt > now;
}

SessionCursor cursorOf(const Session& session) {
  return {session.lastActivity, session.createdAt, session.id};
}

/// Whether `a` comes before `b` among a user's live sessions.
bool precedes(const SessionCursor& a, const SessionCursor& b) {
  if (a.lastActivity != b.lastActivity) return a.lastActivity > b.lastActivity;
  if (a.createdAt != b.createdAt) return a.createdAt > b.createdAt;
  return a.id < b.id;
}

/// The oldest `limit` sessions, by creation, then by id.
std::vector<Session> oldest(std::vector<Session> sessions, std::size_t limit) {
  std::ranges::sort(sessions, {}, [](const Session& one) { return std::pair(one.createdAt, one.id); });
  cut(sessions, limit);
  return sessions;
}

}  // namespace

std::optional<Session> MemorySessions::find(const SessionId& id) {
  return lookUp(tables_.sessions, id);
}

std::vector<Session> MemorySessions::listLive(const UserId& user, TimePoint now,
                                              const std::optional<SessionCursor>& after, std::size_t limit) {
  std::vector<Session> live = liveSessionsOf(user, now);
  std::ranges::sort(live, precedes, cursorOf);
  if (after) std::erase_if(live, [&](const Session& one) { return !precedes(*after, cursorOf(one)); });
  cut(live, limit);
  return live;
}

std::vector<Session> MemorySessions::listOldestLive(const UserId& user, TimePoint now, std::size_t limit) {
  return oldest(liveSessionsOf(user, now), limit);
}

std::vector<Session> MemorySessions::listAll(const UserId& user, std::size_t limit) {
  std::vector<Session> sessions;
  for (const SessionId& id : ownedBy(tables_.sessionsOfUser, user))
    sessions.push_back(tables_.sessions.at(id));
  return oldest(std::move(sessions), limit);
}

std::uint64_t MemorySessions::countLive(const UserId& user, TimePoint now) {
  return liveSessionsOf(user, now).size();
}

std::uint64_t MemorySessions::countLive(TimePoint now) {
  std::uint64_t count = 0;
  for (const auto& [id, session] : tables_.sessions)
    if (isLive(session, now)) ++count;
  return count;
}

bool MemorySessions::hasFromSite(const UserId& user, std::string_view site) {
  return std::ranges::any_of(ownedBy(tables_.sessionsOfUser, user), [&](const SessionId& id) {
    return siteOf(tables_.sessions.at(id).client.ipAddress) == site;
  });
}

void MemorySessions::insert(const Session& session) {
  if (tables_.sessions.contains(session.id)) throw StoreError("inserting a session: the id exists");
  undo_.put(tables_.sessions, session.id, session);
  undo_.put(tables_.sessionsOfUser, {session.userId, session.id}, {});
}

bool MemorySessions::end(const SessionId& id, TimePoint endedAt, std::string_view reason) {
  return changeUnended(id, [&](Session& session) {
    session.endedAt = endedAt;
    session.endReason = reason;
  });
}

bool MemorySessions::touch(const SessionId& id, TimePoint at) {
  return changeUnended(id,
                       [&](Session& session) { session.lastActivity = std::max(session.lastActivity, at); });
}

bool MemorySessions::extend(const SessionId& id, TimePoint expiresAt) {
  return changeUnended(id, [&](Session& session) { session.expiresAt = expiresAt; });
}

bool MemorySessions::setTokensFrom(const SessionId& id, TimePoint from) {
  return changeUnended(id, [&](Session& session) { session.tokensFrom = from; });
}

bool MemorySessions::setSocketId(const SessionId& id, const std::optional<SocketId>& socketId) {
  std::optional<Session> session = find(id);
  if (!session) return false;
  session->socketId = socketId;
  undo_.put(tables_.sessions, id, *session);
  return true;
}

std::vector<Session> MemorySessions::listExpired(TimePoint now, std::size_t limit) {
  std::vector<Session> expired;
  for (const auto& [id, session] : tables_.sessions)
    if (!session.endedAt && session.expiresAt <= now) expired.push_back(session);
  std::ranges::stable_sort(expired, {}, &Session::expiresAt);
  cut(expired, limit);
  return expired;
}

std::size_t MemorySessions::purgeEnded(TimePoint endedBefore, std::size_t limit) {
  const std::vector<SessionId> ended = keysWhere(tables_.sessions, limit, [&](const Session& session) {
    return session.endedAt && *session.endedAt < endedBefore;
  });
  for (const SessionId& id : ended) eraseSession(tables_, undo_, id);
  return ended.size();
}

std::vector<Session> MemorySessions::liveSessionsOf(const UserId& user, TimePoint now) const {
  std::vector<Session> live;
  for (const SessionId& id : ownedBy(tables_.sessionsOfUser, user)) {
    const Session& session = tables_.sessions.at(id);
    if (isLive(session, now)) live.push_back(session);
  }
  return live;
}

template <class Change>
bool MemorySessions::changeUnended(const SessionId& id, const Change& change) {
  std::optional<Session> session = find(id);
  if (!session || session->endedAt) return false;
  change(*session);
  undo_.put(tables_.sessions, id, *session);
  return true;
}

}  // namespace glitch_protocol
