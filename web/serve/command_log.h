// Reports in the server's log what operators do with commands.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/database_adapter.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

/// Logs each action of an operator that a command has recorded in the account history. *One thread at a
/// time.*
class CommandLog {
 public:
  /// Both are borrowed. Events already in the history are not reported. Throws StoreError.
  CommandLog(DatabaseAdapter&, Log&);

  /// Writes a line for each action added to the history since the last call, if it is among the latest 200
  /// events. Throws StoreError; the next call then reports them.
  void writeNew();

 private:
  std::vector<AuditEvent> latest();
  bool isNew(const AuditEvent&) const;
  void setReported(const AuditEvent&);

  // constant after construction
  DatabaseAdapter& database_;
  Log& log_;
  // changes with each call
  std::uint64_t lastId_ = 0;
  TimePoint lastTime_{};
};

}  // namespace glitch_protocol::web
