// The tables of MemoryDatabase as the nouns of the port.
#include "tests/support/memory_database.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/errors.h"
#include "engine/nesting_guard.h"
#include "engine/text/ip_address.h"
#include "tests/support/undo_log.h"

namespace glitch_protocol {
namespace {

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

void eraseLineage(MemoryTables& tables, UndoLog& undo, const LineageId& id) {
  undo.erase(tables.lineagesOfSession, {tables.lineages.at(id).sessionId, id});
  undo.erase(tables.lineages, id);
}

void eraseSession(MemoryTables& tables, UndoLog& undo, const SessionId& id) {
  for (const LineageId& lineage : ownedBy(tables.lineagesOfSession, id)) eraseLineage(tables, undo, lineage);
  undo.erase(tables.sessionsOfUser, {tables.sessions.at(id).userId, id});
  undo.erase(tables.sessions, id);
}

class MemoryUsers : public UsersWriter {
 public:
  MemoryUsers(MemoryTables& tables, UndoLog& undo) : tables_(tables), undo_(undo) {}

  std::optional<User> find(const UserId& id) override { return lookUp(tables_.users, id); }

  std::optional<User> findByEmail(std::string_view email) override {
    const auto found = tables_.userByEmail.find(email);
    return found == tables_.userByEmail.end() ? std::nullopt : find(found->second);
  }

  std::vector<User> list(std::string_view afterEmail, std::size_t limit) override {
    std::vector<User> users;
    for (auto at = tables_.userByEmail.upper_bound(afterEmail);
         at != tables_.userByEmail.end() && users.size() < limit; ++at)
      users.push_back(tables_.users.at(at->second));
    return users;
  }

  bool insert(const User& user) override {
    if (tables_.users.contains(user.id) || tables_.userByEmail.contains(user.email)) return false;
    undo_.put(tables_.users, user.id, user);
    undo_.put(tables_.userByEmail, user.email, user.id);
    return true;
  }

  bool update(const User& user) override {
    const std::optional<User> old = find(user.id);
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

  bool remove(const UserId& id) override {
    const std::optional<User> user = find(id);
    if (!user) return false;
    for (const SessionId& session : ownedBy(tables_.sessionsOfUser, id))
      eraseSession(tables_, undo_, session);
    undo_.erase(tables_.userByEmail, user->email);
    undo_.erase(tables_.users, id);
    return true;
  }

 private:
  MemoryTables& tables_;
  UndoLog& undo_;
};

class MemorySessions : public SessionsWriter {
 public:
  MemorySessions(MemoryTables& tables, UndoLog& undo) : tables_(tables), undo_(undo) {}

  std::optional<Session> find(const SessionId& id) override { return lookUp(tables_.sessions, id); }

  std::vector<Session> listLive(const UserId& user, TimePoint now, const std::optional<SessionCursor>& after,
                                std::size_t limit) override {
    std::vector<Session> live = liveSessions(user, now);
    std::sort(live.begin(), live.end(),
              [](const Session& a, const Session& b) { return precedes(cursorOf(a), cursorOf(b)); });
    if (after) std::erase_if(live, [&](const Session& one) { return !precedes(*after, cursorOf(one)); });
    cut(live, limit);
    return live;
  }

  std::vector<Session> listOldestLive(const UserId& user, TimePoint now, std::size_t limit) override {
    std::vector<Session> live = liveSessions(user, now);
    std::sort(live.begin(), live.end(), [](const Session& a, const Session& b) {
      return std::pair(a.createdAt, a.id) < std::pair(b.createdAt, b.id);
    });
    cut(live, limit);
    return live;
  }

  std::vector<Session> listAll(const UserId& user, std::size_t limit) override {
    std::vector<Session> sessions;
    for (const SessionId& id : ownedBy(tables_.sessionsOfUser, user))
      sessions.push_back(tables_.sessions.at(id));
    std::sort(sessions.begin(), sessions.end(), [](const Session& a, const Session& b) {
      return std::pair(a.createdAt, a.id) < std::pair(b.createdAt, b.id);
    });
    cut(sessions, limit);
    return sessions;
  }

  std::uint64_t countLive(const UserId& user, TimePoint now) override {
    return liveSessions(user, now).size();
  }

  std::uint64_t countLive(TimePoint now) override {
    std::uint64_t count = 0;
    for (const auto& [id, session] : tables_.sessions)
      if (!session.endedAt && session.expiresAt > now) ++count;
    return count;
  }

  bool hasFromSite(const UserId& user, std::string_view site) override {
    const std::vector<SessionId> ids = ownedBy(tables_.sessionsOfUser, user);
    return std::any_of(ids.begin(), ids.end(), [&](const SessionId& id) {
      return siteOf(tables_.sessions.at(id).client.ipAddress) == site;
    });
  }

  void insert(const Session& session) override {
    if (tables_.sessions.contains(session.id)) throw StoreError("insertSession: the id is taken");
    undo_.put(tables_.sessions, session.id, session);
    undo_.put(tables_.sessionsOfUser, {session.userId, session.id}, {});
  }

  bool end(const SessionId& id, TimePoint endedAt, std::string_view reason) override {
    return changeUnended(id, [&](Session& session) {
      session.endedAt = endedAt;
      session.endReason = reason;
    });
  }

  bool touch(const SessionId& id, TimePoint at) override {
    return changeUnended(
        id, [&](Session& session) { session.lastActivity = std::max(session.lastActivity, at); });
  }

  bool extend(const SessionId& id, TimePoint expiresAt) override {
    return changeUnended(id, [&](Session& session) { session.expiresAt = expiresAt; });
  }

  bool setTokensFrom(const SessionId& id, TimePoint from) override {
    return changeUnended(id, [&](Session& session) { session.tokensFrom = from; });
  }

  bool setSocketId(const SessionId& id, const std::optional<SocketId>& socketId) override {
    std::optional<Session> session = find(id);
    if (!session) return false;
    session->socketId = socketId;
    undo_.put(tables_.sessions, id, *session);
    return true;
  }

  std::vector<Session> listExpired(TimePoint now, std::size_t limit) override {
    std::vector<Session> expired;
    for (const auto& [id, session] : tables_.sessions)
      if (!session.endedAt && session.expiresAt <= now) expired.push_back(session);
    std::stable_sort(expired.begin(), expired.end(),
                     [](const Session& a, const Session& b) { return a.expiresAt < b.expiresAt; });
    cut(expired, limit);
    return expired;
  }

  std::size_t purgeEnded(TimePoint endedBefore, std::size_t limit) override {
    std::vector<SessionId> doomed;
    for (const auto& [id, session] : tables_.sessions)
      if (doomed.size() < limit && session.endedAt && *session.endedAt < endedBefore) doomed.push_back(id);
    for (const SessionId& id : doomed) eraseSession(tables_, undo_, id);
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

  template <class Change>
  bool changeUnended(const SessionId& id, const Change& change) {
    std::optional<Session> session = find(id);
    if (!session || session->endedAt) return false;
    change(*session);
    undo_.put(tables_.sessions, id, *session);
    return true;
  }

  MemoryTables& tables_;
  UndoLog& undo_;
};

class MemoryLineages : public LineagesWriter {
 public:
  MemoryLineages(MemoryTables& tables, UndoLog& undo) : tables_(tables), undo_(undo) {}

  std::optional<Lineage> find(const LineageId& id) override { return lookUp(tables_.lineages, id); }

  void insert(const Lineage& lineage) override {
    if (!tables_.sessions.contains(lineage.sessionId)) throw StoreError("insertLineage: no such session");
    if (tables_.lineages.contains(lineage.id)) throw StoreError("insertLineage: the id is taken");
    undo_.put(tables_.lineages, lineage.id, lineage);
    undo_.put(tables_.lineagesOfSession, {lineage.sessionId, lineage.id}, {});
  }

  bool advance(const LineageId& id, std::uint64_t fromCounter, TimePoint rotatedAt,
               TimePoint expiresAt) override {
    std::optional<Lineage> lineage = find(id);
    if (!lineage || lineage->counter != fromCounter) return false;
    lineage->counter = fromCounter + 1;
    lineage->rotatedAt = rotatedAt;
    lineage->expiresAt = expiresAt;
    undo_.put(tables_.lineages, id, *lineage);
    return true;
  }

  std::size_t removeOf(const SessionId& session) override {
    const std::vector<LineageId> doomed = ownedBy(tables_.lineagesOfSession, session);
    for (const LineageId& id : doomed) eraseLineage(tables_, undo_, id);
    return doomed.size();
  }

  std::size_t purgeExpired(TimePoint expiredBefore, std::size_t limit) override {
    std::vector<LineageId> doomed;
    for (const auto& [id, lineage] : tables_.lineages)
      if (doomed.size() < limit && lineage.expiresAt < expiredBefore) doomed.push_back(id);
    for (const LineageId& id : doomed) eraseLineage(tables_, undo_, id);
    return doomed.size();
  }

 private:
  MemoryTables& tables_;
  UndoLog& undo_;
};

class MemoryAudit : public AuditWriter {
 public:
  MemoryAudit(MemoryTables& tables, UndoLog& undo) : tables_(tables), undo_(undo) {}

  std::vector<AuditEvent> list(const UserId& user, std::size_t limit) override {
    return latestEvents([&](const AuditEvent& event) { return event.userId == user; }, limit);
  }

  std::vector<AuditEvent> listLatest(std::size_t limit) override {
    return latestEvents([](const AuditEvent&) { return true; }, limit);
  }

  /// The number is never given again, even when the event is undone: order is all it stands for.
  void insert(const AuditEvent& event) override {
    AuditEvent stored = event;
    stored.id = tables_.nextAuditEvent++;
    undo_.put(tables_.auditEvents, stored.id, stored);
  }

  std::size_t purge(TimePoint before, std::size_t limit) override {
    std::vector<std::uint64_t> doomed;
    for (const auto& [number, event] : tables_.auditEvents)
      if (doomed.size() < limit && event.time < before) doomed.push_back(number);
    for (const std::uint64_t number : doomed) undo_.erase(tables_.auditEvents, number);
    return doomed.size();
  }

 private:
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

  MemoryTables& tables_;
  UndoLog& undo_;
};

class MemoryChanges : public ChangesWriter {
 public:
  MemoryChanges(MemoryTables& tables, UndoLog& undo) : tables_(tables), undo_(undo) {}

  ChangePage listAfter(std::uint64_t position, std::size_t limit) override {
    ChangePage page{position >= tables_.purgedUpTo && position <= tables_.lastChange, tables_.lastChange, {}};
    if (!page.complete) return page;
    for (auto at = tables_.changes.upper_bound(position);
         at != tables_.changes.end() && page.changes.size() < limit; ++at)
      page.changes.push_back(at->second);
    return page;
  }

  void insert(const Change& change) override {
    Change stored = change;
    stored.position = tables_.lastChange + 1;
    undo_.set(tables_.lastChange, stored.position);
    undo_.put(tables_.changes, stored.position, stored);
  }

  std::size_t purge(TimePoint before, std::size_t limit) override {
    std::size_t purged = 0;
    while (purged < limit && !tables_.changes.empty() && tables_.changes.begin()->second.at < before) {
      undo_.set(tables_.purgedUpTo, std::uint64_t{tables_.changes.begin()->first});
      undo_.erase(tables_.changes, tables_.purgedUpTo);
      ++purged;
    }
    return purged;
  }

 private:
  MemoryTables& tables_;
  UndoLog& undo_;
};

/// Reader or Writer on the same tables. Undoes its changes when it goes, unless they are kept.
template <class Port>
class MemoryTransactionOf final : public Port {
 public:
  explicit MemoryTransactionOf(MemoryTables& tables)
      : users_(tables, undo_),
        sessions_(tables, undo_),
        lineages_(tables, undo_),
        audit_(tables, undo_),
        changes_(tables, undo_) {}

  void keepChanges() { undo_.keepChanges(); }

  MemoryUsers& users() override { return users_; }
  MemorySessions& sessions() override { return sessions_; }
  MemoryLineages& lineages() override { return lineages_; }
  MemoryAudit& audit() override { return audit_; }
  MemoryChanges& changes() override { return changes_; }

 private:
  UndoLog undo_;
  MemoryUsers users_;
  MemorySessions sessions_;
  MemoryLineages lineages_;
  MemoryAudit audit_;
  MemoryChanges changes_;
};

/// Runs `change` for nothing, so that one which relies on running once shows. Its own decision counts only when
/// it is made again; an outage ends the write as it would at any time.
void rehearse(MemoryTables& tables, const std::function<void(Writer&)>& change) {
  try {
    MemoryTransactionOf<Writer> undone(tables);
    change(undone);
  } catch (const StoreError&) {
    throw;
  } catch (...) {
    // The second run decides.
  }
}

}  // namespace

void MemoryDatabase::read(const std::function<void(Reader&)>& look) {
  const NestingGuard guard(this);
  std::shared_lock lock(mutex_);
  MemoryTransactionOf<Reader> transaction(tables_);
  look(transaction);
}

void MemoryDatabase::write(const std::function<void(Writer&)>& change) {
  const NestingGuard guard(this);
  std::unique_lock lock(mutex_);
  rehearse(tables_, change);
  MemoryTransactionOf<Writer> transaction(tables_);
  change(transaction);
  transaction.keepChanges();
}

}  // namespace glitch_protocol
