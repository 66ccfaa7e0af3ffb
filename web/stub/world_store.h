// The storage of a stub world. web/ cannot create it: main.cpp passes a factory.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/cache_adapter.h"
#include "engine/clock.h"
#include "engine/operable_database.h"
#include "web/serve/instance_lock.h"

namespace glitch_protocol::web {

/// A database and a cache. `forgetCache` clears the cache, is valid while the cache exists, and is
/// thread-safe.
struct WorldStore {
  /// Held while the world exists; null for a world in memory.
  std::unique_ptr<InstanceLock> lock;
  std::unique_ptr<OperableDatabase> database;
  std::unique_ptr<CacheAdapter> cache;
  std::function<void()> forgetCache;
};

/// Opens the store in `file`, or in memory when `file` is empty. `clock` must outlive the store. Throws
/// StoreError for a file that was not created by a stub, and std::runtime_error for one that another stub has
/// open; neither file is changed.
using MakeWorldStore = std::function<WorldStore(const std::string& file, const Clock& clock)>;

}  // namespace glitch_protocol::web
