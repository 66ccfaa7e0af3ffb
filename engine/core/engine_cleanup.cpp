#include <exception>
#include <map>

#include "engine/core/engine_parts.h"
#include "engine/end_reasons.h"

namespace glitch_protocol {

namespace {

constexpr std::size_t batchRows = 500;
constexpr std::string_view lockName = "lock:cleanup";
constexpr std::chrono::minutes lockLifetime{5};
// That time has passed is nothing that anybody did: the account's history does not mention it.
constexpr std::string_view noEvent;

/// Holds the lock, if it was free, while it lives.
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

/// Each batch is a transaction of its own, so that the writer is free in between.
template <class Purge>
void inBatches(DatabaseAdapter& database, Purge purge) {
  std::size_t removed = batchRows;
  while (removed == batchRows) {
    database.write([&](Writer& writer) { removed = purge(writer); });
  }
}

}  // namespace

void Engine::cleanupExpiredSessions() {
  parts_->recordAnonymous(AnonymousEvents::Counts::finished);
  const Lock lock(parts_->cache);
  if (!lock.held()) return;
  parts_->endExpired();
  DatabaseAdapter& database = parts_->database;
  const TimePoint now = parts_->clock.now();
  const TimePoint endedBefore = now - parts_->config.endedSessionRetentionDays;
  inBatches(database, [&](Writer& writer) { return writer.sessions().purgeEnded(endedBefore, batchRows); });
  inBatches(database, [&](Writer& writer) { return writer.lineages().purgeExpired(endedBefore, batchRows); });
  const TimePoint auditBefore = now - parts_->config.auditRetentionDays;
  inBatches(database, [&](Writer& writer) { return writer.audit().purge(auditBefore, batchRows); });
}

void Engine::Parts::endExpired() {
  std::size_t found = batchRows;
  while (found == batchRows) {
    // By user: however many sessions of one user expire together, the user's other devices get one new list.
    std::map<UserId, EndedSessions> ended;
    database.write([&](Writer& writer) {
      ended.clear();
      const std::vector<Session> expired = writer.sessions().listExpired(clock.now(), batchRows);
      found = expired.size();
      for (const Session& session : expired) {
        const EndedSessions one = sessions.end(writer, session, end_reason::expired, noEvent);
        EndedSessions& ofUser = ended[one.userId];
        ofUser.userId = one.userId;
        ofUser.reason = one.reason;
        ofUser.sessions.insert(ofUser.sessions.end(), one.sessions.begin(), one.sessions.end());
      }
    });
    for (auto& [user, sessionsOfUser] : ended) sessions.announceEnded(std::move(sessionsOfUser));
  }
}

void Engine::startCleanupJob(std::chrono::milliseconds interval) {
  parts_->cleanupJob.start(interval, [this] {
    try {
      cleanupExpiredSessions();
    } catch (const std::exception& error) {
      parts_->reportFailure(error.what());
    }
  });
}

void Engine::stopCleanupJob() {
  parts_->cleanupJob.stop();
}

}  // namespace glitch_protocol
