// Engine: the work outside of requests, which is cleanup, background records and changes by other processes.
#include <exception>
#include <map>
#include <set>

#include "engine/core/core.h"
#include "engine/end_reasons.h"
#include "engine/engine.h"

namespace glitch_protocol::inline v1 {

namespace {

constexpr std::size_t batchRows = 500;
constexpr std::string_view lockName = "lock:cleanup";
constexpr std::chrono::minutes lockLifetime{5};
/// Other processes read the change feed several times a second.
constexpr std::chrono::hours feedRetention{1};

/// Tries to take the cleanup lock; if it succeeds, holds it until destruction.
class Lock {
 public:
  explicit Lock(CacheAdapter& cache) : cache_(cache), held_(cache.acquireLock(lockName, lockLifetime)) {}
  ~Lock() {
    if (held_) cache_.releaseLock(lockName);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  bool held() const { return held_; }

 private:
  CacheAdapter& cache_;
  const bool held_;
};

/// Runs each batch in its own transaction, so that other writers get their turn in between.
template <class Purge>
void inBatches(DatabaseAdapter& database, Purge purge) {
  std::size_t removed = batchRows;
  while (removed == batchRows) {
    database.write([&](Writer& writer) { removed = purge(writer); });
  }
}

void endExpired(Core& core) {
  std::size_t ending = batchRows;
  while (ending == batchRows) {
    // Grouped by user: the user's other devices get one new list, however many sessions expire together.
    std::map<UserId, EndedSessions> ended;
    core.database.write([&](Writer& writer) { ended = core.sessions.endExpired(writer, batchRows); });
    ending = 0;
    for (auto& [user, sessionsOfUser] : ended) {
      ending += sessionsOfUser.sessions.size();
      core.sessions.announceEnded(std::move(sessionsOfUser));
    }
  }
}

/// A value that is equal for pages with the same sessions, in any order, and the same total. Stored for each listening
/// user instead of the whole page.
std::uint64_t fingerprintOf(const FirstPage& page) {
  std::uint64_t sum = page.total;
  for (const SessionInfo& session : page.sessions) sum += std::hash<SessionId>{}(session.id);
  return sum;
}

/// A user with open streams: the sessions that listen, and a fingerprint of the list that was sent last, if known.
struct ListeningUser {
  std::vector<SessionId> sessions;
  std::optional<std::uint64_t> lastSent;
};
using ListeningUsers = std::map<UserId, ListeningUser>;

/// Must be called before anything is forgotten.
ListeningUsers usersOf(Core& core, const std::vector<Listener>& listeners) {
  ListeningUsers users;
  for (const Listener& listener : listeners) users[listener.userId].sessions.push_back(listener.sessionId);
  for (auto& [user, listening] : users) {
    if (const auto page = core.sessionCache.getList(user)) listening.lastSent = fingerprintOf(*page);
  }
  return users;
}

void announceForeignChanges(Core& core, const UserId& user, const ListeningUser& listening) {
  std::vector<SessionTerminatedEvent> ended;
  core.database.read([&](Reader& reader) {
    ended.clear();
    for (const SessionId& id : listening.sessions) {
      const auto session = reader.sessions().find(id);
      if (!session) ended.push_back({id, std::string{end_reason::userDeleted}});
      if (session && session->endedAt) ended.push_back({id, session->endReason});
    }
  });
  for (const SessionTerminatedEvent& event : ended) core.broadcaster.emitToUser(user, event);
  if (!listening.lastSent || listening.lastSent != fingerprintOf(core.sessions.firstPage(user))) {
    core.sessions.announceList(user, std::nullopt);
  }
}

/// What other engines have added to the feed since a position.
struct ForeignChanges {
  bool complete = false;  ///< otherwise anything may have changed
  std::uint64_t last = 0;
  std::set<UserId> users;                               ///< all that is cached about them is out of date
  std::map<SessionId, std::optional<UserId>> sessions;  ///< with their owners, if still stored
};

/// Adds one page. Returns true if there may be another one.
bool addPage(ForeignChanges& all, Reader& reader, std::uint64_t origin) {
  const ChangePage page = reader.changes().listAfter(all.last, batchRows);
  all.complete = page.complete;
  if (!page.complete) all.last = page.last;
  for (const Change& change : page.changes) {
    all.last = change.position;
    if (change.origin == origin) continue;
    if (change.kind == ChangeKind::user) {
      all.users.insert(UserId(change.id));
      continue;
    }
    const auto session = reader.sessions().find(SessionId(change.id));
    all.sessions[SessionId(change.id)] = session ? std::optional(session->userId) : std::nullopt;
  }
  return page.changes.size() == batchRows;
}

ForeignChanges readForeignChanges(Core& core, const std::optional<std::uint64_t>& position) {
  ForeignChanges changes;
  core.database.read([&](Reader& reader) {
    changes = {};
    changes.last = position.value_or(0);
    while (addPage(changes, reader, core.origin)) {
    }
    if (position) return;
    changes.complete = false;
    changes.last = reader.changes().listAfter(changes.last, 0).last;
  });
  return changes;
}

/// Forgets what has changed. Returns the users that may be affected, or nothing if all may be.
std::optional<std::set<UserId>> forget(Core& core, const ForeignChanges& changes) {
  if (!changes.complete) {
    core.sessionCache.forgetEverything();
    return std::nullopt;
  }
  std::set<UserId> affected = changes.users;
  for (const UserId& user : changes.users) core.sessionCache.forgetUser(user);
  for (const auto& [session, owner] : changes.sessions) {
    core.sessionCache.forget(session);
    if (!owner) continue;
    core.sessionCache.forgetList(*owner);
    affected.insert(*owner);
  }
  return affected;
}

}  // namespace

void Engine::cleanupExpiredSessions() {
  core_->recordAnonymous(AnonymousEvents::Counts::finished);
  const Lock lock(core_->cache);
  if (!lock.held()) return;
  endExpired(*core_);
  DatabaseAdapter& database = core_->database;
  const TimePoint now = core_->clock.now();
  const TimePoint endedBefore = now - core_->config.endedSessionRetentionDays;
  inBatches(database, [&](Writer& writer) { return writer.sessions().purgeEnded(endedBefore, batchRows); });
  inBatches(database, [&](Writer& writer) { return writer.lineages().purgeExpired(endedBefore, batchRows); });
  const TimePoint auditBefore = now - core_->config.auditRetentionDays;
  inBatches(database, [&](Writer& writer) { return writer.audit().purge(auditBefore, batchRows); });
  inBatches(database, [&](Writer& writer) { return writer.changes().purge(now - feedRetention, batchRows); });
}

void Engine::startCleanupJob(std::chrono::milliseconds interval) {
  core_->cleanupJob.start(interval, [this] {
    try {
      cleanupExpiredSessions();
    } catch (const std::exception& error) {
      core_->reportFailure(error.what());
    }
  });
}

void Engine::stopCleanupJob() {
  core_->cleanupJob.stop();
}

void Engine::record(AuditEvent event) {
  core_->record(std::move(event));
}

void Engine::flushRecords() {
  core_->recorder.flush();
}

void Engine::sendSessions(const UserId& userId, const SocketId& socketId) {
  core_->sessions.announceList(userId, socketId);
}

void Engine::acceptExternalChanges(const std::vector<Listener>& listeners) {
  const MutexLock lock(core_->feedMutex);
  const ForeignChanges changes = readForeignChanges(*core_, core_->feedPosition);
  const ListeningUsers users = usersOf(*core_, listeners);
  const auto affected = forget(*core_, changes);
  for (const auto& [user, listening] : users) {
    if (!affected || affected->contains(user)) announceForeignChanges(*core_, user, listening);
  }
  core_->feedPosition = changes.last;
}

void Engine::acceptReplacedDatabase(const std::vector<Listener>& listeners) {
  {
    const MutexLock lock(core_->feedMutex);
    core_->feedPosition.reset();
  }
  acceptExternalChanges(listeners);
}

void Engine::forgetUser(const UserId& userId) {
  core_->sessionCache.forgetUser(userId);
}

}  // namespace glitch_protocol::inline v1
