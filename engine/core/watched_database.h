// The database that Engine::getDatabaseAdapter() returns: changes made through it are dropped from the session cache.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/clock.h"
#include "engine/database_adapter.h"
#include "engine/sessions/session_cache.h"

namespace glitch_protocol::inline v1 {

/// Forwards all calls to the engine's database. Each write also adds the users and sessions that it changed to
/// the change feed, and afterwards drops them from the cache. Devices get no events; only the engine's own calls
/// send them. *Thread-safe.*
class WatchedDatabase : public DatabaseAdapter {
 public:
  /// Everything is borrowed. `origin` is that of the entries in the change feed.
  WatchedDatabase(DatabaseAdapter& database, SessionCache& cache, Clock& clock, std::uint64_t origin)
      : database_(database), cache_(cache), clock_(clock), origin_(origin) {}

  void read(const std::function<void(Reader&)>& look) override { database_.read(look); }
  void write(const std::function<void(Writer&)>& change) override;

 private:
  struct Touched;
  void forget(const Touched&);

  // constant after construction
  DatabaseAdapter& database_;
  SessionCache& cache_;
  Clock& clock_;
  const std::uint64_t origin_;
};

}  // namespace glitch_protocol::inline v1
