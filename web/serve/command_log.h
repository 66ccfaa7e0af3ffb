// What commands do beside the server, as lines of the server's log.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/database_adapter.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

/// Writes a line for each act of an operator that commands leave in the account history. *One thread at a time.*
class CommandLog {
 public:
  /// Both are borrowed. What is in the history already is not told. Throws StoreError.
  CommandLog(DatabaseAdapter&, Log&);

  /// A line for each act that the history has got since the last call, if it is among its last 200 events.
  /// StoreError: they are told by the next call.
  void writeNew();

 private:
  std::vector<AuditEvent> latest();
  bool isNew(const AuditEvent&) const;
  void told(const AuditEvent&);

  // constant after construction
  DatabaseAdapter& database_;
  Log& log_;
  // changes with each call
  std::uint64_t lastId_ = 0;
  TimePoint lastTime_{};
};

}  // namespace glitch_protocol::web
