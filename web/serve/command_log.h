#pragma once

#include <functional>
#include <set>
#include <string>

#include "engine/database_adapter.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

/// What commands do beside the server, as lines of the server's log. They leave it in the history of
/// accounts, with no address of a client. *One thread at a time.*
class CommandLog {
 public:
  /// Both are borrowed. What is in the history already is not told. Throws StoreError.
  CommandLog(DatabaseAdapter&, Log&);

  /// A line for each act that the history has got since the last call, if it is among its last 200 events.
  /// StoreError: they are told by the next call.
  void writeNew();

 private:
  struct Acts;
  Acts read();

  // constant after construction
  DatabaseAdapter& database_;
  Log& log_;
  // changes with each call
  std::multiset<std::string> told_;
};

}  // namespace glitch_protocol::web
