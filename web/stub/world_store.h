// What a world of the stub is kept in. web/ cannot make it itself: main.cpp passes the way to.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/cache_adapter.h"
#include "engine/clock.h"
#include "engine/operable_database.h"
#include "web/serve/instance_lock.h"

namespace glitch_protocol::web {

/// A database and a cache. `forgetCache` is valid while the cache lives, and thread-safe.
struct WorldStore {
  /// Held as long as the world lives; none in memory.
  std::unique_ptr<InstanceLock> lock;
  std::unique_ptr<OperableDatabase> database;
  std::unique_ptr<CacheAdapter> cache;
  std::function<void()> forgetCache;
};

/// Opens the store in `file`, or in memory when that is empty. `clock` must outlive the store. Throws StoreError for
/// a file that no stub made, and std::runtime_error for one that another stub has open; neither is touched.
using MakeWorldStore = std::function<WorldStore(const std::string& file, const Clock& clock)>;

}  // namespace glitch_protocol::web
