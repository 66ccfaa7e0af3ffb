// MemoryDatabase: users, lineages, history and changes in ordinary maps, and its transactions.
#include "tests/support/memory_database.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/errors.h"
#include "engine/nesting_guard.h"
#include "tests/support/memory_sessions.h"
#include "tests/support/undo_log.h"

namespace glitch_protocol {
namespace {

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

class MemoryLineages : public LineagesWriter {
 public:
  MemoryLineages(MemoryTables& tables, UndoLog& undo) : tables_(tables), undo_(undo) {}

  std::optional<Lineage> find(const LineageId& id) override { return lookUp(tables_.lineages, id); }

  void insert(const Lineage& lineage) override {
    if (!tables_.sessions.contains(lineage.sessionId))
      throw StoreError("inserting a lineage: the session does not exist");
    if (tables_.lineages.contains(lineage.id)) throw StoreError("inserting a lineage: the id exists");
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
    const std::vector<LineageId> lineages = ownedBy(tables_.lineagesOfSession, session);
    for (const LineageId& id : lineages) eraseLineage(tables_, undo_, id);
    return lineages.size();
  }

  std::size_t purgeExpired(TimePoint expiredBefore, std::size_t limit) override {
    const std::vector<LineageId> expired = keysWhere(
        tables_.lineages, limit, [&](const Lineage& lineage) { return lineage.expiresAt < expiredBefore; });
    for (const LineageId& id : expired) eraseLineage(tables_, undo_, id);
    return expired.size();
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

  /// The number is not used again even if the insertion is undone, since only the order of the numbers matters.
  void insert(const AuditEvent& event) override {
    AuditEvent stored = event;
    stored.id = tables_.nextAuditEvent++;
    undo_.put(tables_.auditEvents, stored.id, stored);
  }

  std::size_t purge(TimePoint before, std::size_t limit) override {
    const std::vector<std::uint64_t> old =
        keysWhere(tables_.auditEvents, limit, [&](const AuditEvent& event) { return event.time < before; });
    for (const std::uint64_t number : old) undo_.erase(tables_.auditEvents, number);
    return old.size();
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

/// Reader or Writer on the same tables. The destructor undoes all changes, unless keepChanges() was called.
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

/// Runs `change` and undoes it, so that a function that relies on running only once fails its tests. An own exception
/// of `change` counts only in the second run; a StoreError ends the write.
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
