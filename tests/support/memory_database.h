// A database in ordinary maps, for tests of the code that uses the database port. It fulfils the contract of
// engine/database_adapter.h except for durability, which tests/contract/ checks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <shared_mutex>
#include <string>
#include <utility>
#include <variant>

#include "engine/database_adapter.h"
#include "engine/types.h"

namespace glitch_protocol {

/// The rows and their indexes. A pair in a map `...Of...` means that the second belongs to the first.
struct MemoryTables {
  std::map<UserId, User> users;
  std::map<std::string, UserId, std::less<>> userByEmail;
  std::map<SessionId, Session> sessions;
  std::map<std::pair<UserId, SessionId>, std::monostate> sessionsOfUser;
  std::map<LineageId, Lineage> lineages;
  std::map<std::pair<SessionId, LineageId>, std::monostate> lineagesOfSession;
  std::map<std::uint64_t, AuditEvent> auditEvents;  ///< by order of insertion
  std::uint64_t nextAuditEvent = 1;
  std::map<std::uint64_t, Change> changes;  ///< by position
  std::uint64_t lastChange = 0;             ///< the last position that was used
  std::uint64_t purgedUpTo = 0;             ///< positions up to this one may have been purged
};

/// Keeps everything in memory and forgets it when destroyed. Reads run in parallel, a write runs alone; the changes of
/// a function that throws are undone step by step. write() runs every function twice and undoes the first run, as an
/// adapter may do after a serialisation failure. *Thread-safe.*
class MemoryDatabase : public DatabaseAdapter {
 public:
  void read(const std::function<void(Reader&)>& look) override;
  void write(const std::function<void(Writer&)>& change) override;

 private:
  std::shared_mutex mutex_;
  // guarded by mutex_
  MemoryTables tables_;
};

}  // namespace glitch_protocol
