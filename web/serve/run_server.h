// Runs a server: connects the engine, the API and the connection layer to a store, and runs until a signal
// stops it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "engine/cache_adapter.h"
#include "engine/operable_database.h"
#include "web/config/config.h"
#include "web/metrics/readings.h"
#include "web/serve/wal_watch.h"

namespace glitch_protocol::web {

/// Called after each commit with the number of writes that shared it and its duration; empty when nothing is
/// measured.
using OnCommit = std::function<void(std::size_t writes, std::chrono::nanoseconds took)>;

/// The storage of a running server.
struct ServerStore {
  std::unique_ptr<OperableDatabase> database;
  std::unique_ptr<CacheAdapter> cache;
  CacheReadings cacheReadings;
  WalWatch::Ports wal;
  std::uint64_t maxWalBytes = 0;
  /// Called on a clean stop: moves the write-ahead log into the database file. Throws StoreError when that
  /// fails.
  std::function<void()> checkpoint;
};

/// Creates the storage. Both functions may throw any std::exception, whose text is then shown.
struct ServerBackend {
  std::function<void(const Config&)> checkDatabase;  ///< as in Backends (web/cli/backends.h)
  std::function<ServerStore(const Config&, OnCommit)> openStore;
};

/// Returns when a signal has stopped the server cleanly. Throws std::exception when the server cannot start.
void runServer(const LoadedConfig&, const ServerBackend&);

}  // namespace glitch_protocol::web
