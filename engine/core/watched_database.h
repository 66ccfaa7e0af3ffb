// The database as the engine hands it out: what somebody writes through it the session cache forgets.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/clock.h"
#include "engine/database_adapter.h"
#include "engine/sessions/session_cache.h"

namespace glitch_protocol {

/// Passes everything to the engine's database. After each write, the cache forgets the users and sessions that it
/// changed, and the change feed tells other processes. Events for devices are not sent: that is for the engine's
/// own calls. *Thread-safe.*
class WatchedDatabase : public DatabaseAdapter {
 public:
  /// Everything is borrowed; `origin` marks the lines of the change feed.
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

}  // namespace glitch_protocol
