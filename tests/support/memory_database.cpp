#include "tests/support/memory_database.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "engine/errors.h"
#include "engine/text/ip_address.h"

namespace glitch_protocol {
namespace {

/// Remembers how to take each change back; unless kept, takes all back, the latest first, when it goes.
class UndoLog {
 public:
  UndoLog() = default;
  UndoLog(const UndoLog&) = delete;
  UndoLog& operator=(const UndoLog&) = delete;
  ~UndoLog() {
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) (*step)();
  }

  void keepChanges() { steps_.clear(); }

  template <class Map>
  void put(Map& map, const typename Map::key_type& key, typename Map::mapped_type value) {
    const auto found = map.find(key);
    if (found == map.end()) {
      steps_.push_back([&map, key] { map.erase(key); });
      map.emplace(key, std::move(value));
    } else {
      steps_.push_back([&map, key, old = found->second] { map[key] = old; });
      found->second = std::move(value);
    }
  }

  template <class Map>
  void erase(Map& map, const typename Map::key_type& key) {
    const auto found = map.find(key);
    if (found == map.end()) return;
    steps_.push_back([&map, key, old = found->second] { map[key] = old; });
    map.erase(found);
  }

 private:
  std::vector<std::function<void()>> steps_;
};

template <class Map>
auto lookUp(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? std::optional<typename Map::mapped_type>{} : std::optional{found->second};
}

/// The seconds of all pairs whose first is `owner`.
template <class Owner, class Owned>
std::vector<Owned> ownedBy(const std::map<std::pair<Owner, Owned>, std::monostate>& pairs,
                           const Owner& owner) {
  std::vector<Owned> owned;
  for (auto at = pairs.lower_bound({owner, Owned{}}); at != pairs.end() && at->first.first == owner; ++at)
    owned.push_back(at->first.second);
  return owned;
}

template <class Row>
void cut(std::vector<Row>& rows, std::size_t limit) {
  if (rows.size() > limit) rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(limit), rows.end());
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

/// Reader and Writer in one: MemoryDatabase::read() hands it out as a Reader only.
class MemoryTransaction : public Writer {
 public:
  explicit MemoryTransaction(MemoryTables& tables) : tables_(tables) {}

  void keepChanges() { undo_.keepChanges(); }

  std::optional<User> findUser(const UserId& id) override { return lookUp(tables_.users, id); }

  std::optional<User> findUserByEmail(std::string_view email) override {
    const auto found = tables_.userByEmail.find(email);
    return found == tables_.userByEmail.end() ? std::nullopt : findUser(found->second);
  }

  std::vector<User> listUsers(std::string_view afterEmail, std::size_t limit) override {
    std::vector<User> users;
    for (auto at = tables_.userByEmail.upper_bound(afterEmail);
         at != tables_.userByEmail.end() && users.size() < limit; ++at)
      users.push_back(tables_.users.at(at->second));
    return users;
  }

  std::optional<Session> findSession(const SessionId& id) override { return lookUp(tables_.sessions, id); }

  std::vector<Session> listLiveSessions(const UserId& user, TimePoint now,
                                        const std::optional<SessionCursor>& after,
                                        std::size_t limit) override {
    std::vector<Session> live = liveSessions(user, now);
    std::sort(live.begin(), live.end(),
              [](const Session& a, const Session& b) { return precedes(cursorOf(a), cursorOf(b)); });
    if (after) std::erase_if(live, [&](const Session& one) { return !precedes(*after, cursorOf(one)); });
    cut(live, limit);
    return live;
  }

  std::vector<Session> listOldestLiveSessions(const UserId& user, TimePoint now, std::size_t limit) override {
    std::vector<Session> live = liveSessions(user, now);
    std::sort(live.begin(), live.end(), [](const Session& a, const Session& b) {
      return std::pair(a.createdAt, a.id) < std::pair(b.createdAt, b.id);
    });
    cut(live, limit);
    return live;
  }

  std::uint64_t countLiveSessions(const UserId& user, TimePoint now) override {
    return liveSessions(user, now).size();
  }

  std::vector<Session> listSessions(const UserId& user) override {
    std::vector<Session> sessions;
    for (const SessionId& id : ownedBy(tables_.sessionsOfUser, user))
      sessions.push_back(tables_.sessions.at(id));
    std::sort(sessions.begin(), sessions.end(), [](const Session& a, const Session& b) {
      return std::pair(a.createdAt, a.id) < std::pair(b.createdAt, b.id);
    });
    return sessions;
  }

  bool hasSessionFrom(const UserId& user, std::string_view site) override {
    const std::vector<SessionId> ids = ownedBy(tables_.sessionsOfUser, user);
    return std::any_of(ids.begin(), ids.end(), [&](const SessionId& id) {
      return siteOf(tables_.sessions.at(id).client.ipAddress) == site;
    });
  }

  std::uint64_t countLiveSessions(TimePoint now) override {
    std::uint64_t count = 0;
    for (const auto& [id, session] : tables_.sessions)
      if (!session.endedAt && session.expiresAt > now) ++count;
    return count;
  }

  std::optional<Lineage> findLineage(const LineageId& id) override { return lookUp(tables_.lineages, id); }

  std::vector<AuditEvent> listAuditEvents(const UserId& user, std::size_t limit) override {
    return latestEvents([&](const AuditEvent& event) { return event.userId == user; }, limit);
  }

  std::vector<AuditEvent> listLatestAuditEvents(std::size_t limit) override {
    return latestEvents([](const AuditEvent&) { return true; }, limit);
  }

  bool insertUser(const User& user) override {
    if (tables_.users.contains(user.id) || tables_.userByEmail.contains(user.email)) return false;
    undo_.put(tables_.users, user.id, user);
    undo_.put(tables_.userByEmail, user.email, user.id);
    return true;
  }

  bool updateUser(const User& user) override {
    const std::optional<User> old = findUser(user.id);
    if (!old) return false;
    const auto holder = tables_.userByEmail.find(user.email);
    if (holder != tables_.userByEmail.end() && holder->second != user.id) return false;
    User changed = user;
    changed.createdAt = old->createdAt;
    undo_.erase(tables_.userByEmail, old->email);
    undo_.put(tables_.userByEmail, user.email, user.id);
    undo_.put(tables_.users, user.id, changed);
    return true;
  }

  bool deleteUser(const UserId& id) override {
    const std::optional<User> user = findUser(id);
    if (!user) return false;
    for (const SessionId& session : ownedBy(tables_.sessionsOfUser, id)) eraseSession(session);
    undo_.erase(tables_.userByEmail, user->email);
    undo_.erase(tables_.users, id);
    return true;
  }

  void insertSession(const Session& session) override {
    if (!tables_.users.contains(session.userId)) throw StoreError("insertSession: no such user");
    if (tables_.sessions.contains(session.id)) throw StoreError("insertSession: the id is taken");
    undo_.put(tables_.sessions, session.id, session);
    undo_.put(tables_.sessionsOfUser, {session.userId, session.id}, {});
  }

  bool endSession(const SessionId& id, TimePoint endedAt, std::string_view reason) override {
    return changeUnended(id, [&](Session& session) {
      session.endedAt = endedAt;
      session.endReason = reason;
    });
  }

  bool touchSession(const SessionId& id, TimePoint at) override {
    return changeUnended(
        id, [&](Session& session) { session.lastActivity = std::max(session.lastActivity, at); });
  }

  bool extendSession(const SessionId& id, TimePoint expiresAt) override {
    return changeUnended(id, [&](Session& session) { session.expiresAt = expiresAt; });
  }

  bool setSessionSocketId(const SessionId& id, const std::optional<SocketId>& socketId) override {
    std::optional<Session> session = findSession(id);
    if (!session) return false;
    session->socketId = socketId;
    undo_.put(tables_.sessions, id, *session);
    return true;
  }

  bool setTokensFrom(const SessionId& id, TimePoint from) override {
    return changeUnended(id, [&](Session& session) { session.tokensFrom = from; });
  }

  void insertLineage(const Lineage& lineage) override {
    if (!tables_.sessions.contains(lineage.sessionId)) throw StoreError("insertLineage: no such session");
    if (tables_.lineages.contains(lineage.id)) throw StoreError("insertLineage: the id is taken");
    undo_.put(tables_.lineages, lineage.id, lineage);
    undo_.put(tables_.lineagesOfSession, {lineage.sessionId, lineage.id}, {});
  }

  bool advanceLineage(const LineageId& id, std::uint64_t fromCounter, TimePoint rotatedAt,
                      TimePoint expiresAt) override {
    std::optional<Lineage> lineage = findLineage(id);
    if (!lineage || lineage->counter != fromCounter) return false;
    lineage->counter = fromCounter + 1;
    lineage->rotatedAt = rotatedAt;
    lineage->expiresAt = expiresAt;
    undo_.put(tables_.lineages, id, *lineage);
    return true;
  }

  std::size_t deleteLineages(const SessionId& session) override {
    const std::vector<LineageId> doomed = ownedBy(tables_.lineagesOfSession, session);
    for (const LineageId& id : doomed) eraseLineage(id);
    return doomed.size();
  }

  /// The number is never given again, even when the event is undone: order is all it stands for.
  void insertAuditEvent(const AuditEvent& event) override {
    undo_.put(tables_.auditEvents, tables_.nextAuditEvent++, event);
  }

  std::vector<Session> listExpiredSessions(TimePoint now, std::size_t limit) override {
    std::vector<Session> expired;
    for (const auto& [id, session] : tables_.sessions)
      if (!session.endedAt && session.expiresAt <= now) expired.push_back(session);
    std::stable_sort(expired.begin(), expired.end(),
                     [](const Session& a, const Session& b) { return a.expiresAt < b.expiresAt; });
    cut(expired, limit);
    return expired;
  }

  std::size_t purgeEndedSessions(TimePoint endedBefore, std::size_t limit) override {
    std::vector<SessionId> doomed;
    for (const auto& [id, session] : tables_.sessions)
      if (doomed.size() < limit && session.endedAt && *session.endedAt < endedBefore) doomed.push_back(id);
    for (const SessionId& id : doomed) eraseSession(id);
    return doomed.size();
  }

  std::size_t purgeExpiredLineages(TimePoint expiredBefore, std::size_t limit) override {
    std::vector<LineageId> doomed;
    for (const auto& [id, lineage] : tables_.lineages)
      if (doomed.size() < limit && lineage.expiresAt < expiredBefore) doomed.push_back(id);
    for (const LineageId& id : doomed) eraseLineage(id);
    return doomed.size();
  }

  std::size_t purgeAuditEvents(TimePoint before, std::size_t limit) override {
    std::vector<std::uint64_t> doomed;
    for (const auto& [number, event] : tables_.auditEvents)
      if (doomed.size() < limit && event.time < before) doomed.push_back(number);
    for (const std::uint64_t number : doomed) undo_.erase(tables_.auditEvents, number);
    return doomed.size();
  }

 private:
  std::vector<Session> liveSessions(const UserId& user, TimePoint now) {
    std::vector<Session> live;
    for (const SessionId& id : ownedBy(tables_.sessionsOfUser, user)) {
      const Session& session = tables_.sessions.at(id);
      if (!session.endedAt && session.expiresAt > now) live.push_back(session);
    }
    return live;
  }

  template <class Condition>
  std::vector<AuditEvent> latestEvents(const Condition& condition, std::size_t limit) {
    std::vector<AuditEvent> events;
    for (auto at = tables_.auditEvents.rbegin(); at != tables_.auditEvents.rend(); ++at)
      if (condition(at->second)) events.push_back(at->second);
    std::stable_sort(events.begin(), events.end(),
                     [](const AuditEvent& a, const AuditEvent& b) { return a.time > b.time; });
    cut(events, limit);
    return events;
  }

  template <class Change>
  bool changeUnended(const SessionId& id, const Change& change) {
    std::optional<Session> session = findSession(id);
    if (!session || session->endedAt) return false;
    change(*session);
    undo_.put(tables_.sessions, id, *session);
    return true;
  }

  void eraseSession(const SessionId& id) {
    for (const LineageId& lineage : ownedBy(tables_.lineagesOfSession, id)) eraseLineage(lineage);
    undo_.erase(tables_.sessionsOfUser, {tables_.sessions.at(id).userId, id});
    undo_.erase(tables_.sessions, id);
  }

  void eraseLineage(const LineageId& id) {
    undo_.erase(tables_.lineagesOfSession, {tables_.lineages.at(id).sessionId, id});
    undo_.erase(tables_.lineagesOfSession, {tables_.lineages.at(id).sessionId, id});
    undo_.erase(tables_.lineages, id);
  }

  MemoryTables& tables_;
  UndoLog undo_;
};

}  // namespace

void MemoryDatabase::read(const std::function<void(Reader&)>& look) {
  std::shared_lock lock(mutex_);
  MemoryTransaction transaction(tables_);
  look(transaction);
}

void MemoryDatabase::write(const std::function<void(Writer&)>& change) {
  if (writing_ == std::this_thread::get_id()) throw std::logic_error("write() inside write()");
  std::unique_lock lock(mutex_);
  struct Mark {
    std::atomic<std::thread::id>& writing;
    ~Mark() { writing = std::thread::id{}; }
  } mark{writing_};
  writing_ = std::this_thread::get_id();
  MemoryTransaction transaction(tables_);
  change(transaction);
  transaction.keepChanges();
}

}  // namespace glitch_protocol
