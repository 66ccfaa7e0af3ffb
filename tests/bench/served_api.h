// The parts of the server, connected as in main.cpp, for the servers of the benchmarks.
#pragma once

#include "engine/accounts.h"
#include "engine/engine.h"
#include "store/memory_cache.h"
#include "store/sqlite_database.h"
#include "web/api/api_handler.h"
#include "web/api/event_hub.h"
#include "web/http/log.h"

namespace glitch_protocol::bench {

/// Rate limits are off. *Thread-safe.*
class ServedApi {
 public:
  /// Throws StoreError if the database cannot be opened, std::invalid_argument for an invalid configuration.
  ServedApi(const store::SqliteOptions& options, const web::ApiConfig& apiConfig);
  ServedApi(const ServedApi&) = delete;
  ServedApi& operator=(const ServedApi&) = delete;

  web::ApiHandler& api() { return api_; }
  web::EventHub& hub() { return hub_; }
  web::Log& log() { return log_; }

 private:
  web::Log log_;
  store::SqliteDatabase database_;
  store::MemoryCache cache_;
  web::EventHub hub_;
  Engine engine_;
  Accounts accounts_;
  web::ApiHandler api_;
};

/// Waits until standard input ends, so that a benchmark's server does not outlive the process that started it.
void waitForEndOfInput();

}  // namespace glitch_protocol::bench
