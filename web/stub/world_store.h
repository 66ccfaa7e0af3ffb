// What a world of the stub is kept in. web/ cannot make it itself: main.cpp passes the way to.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/cache_adapter.h"
#include "engine/clock.h"
#include "engine/database_adapter.h"
#include "web/serve/instance_lock.h"

namespace glitch_protocol::web {

/// A database and a cache. The functions are valid while both live, are thread-safe, and may throw
/// StoreError.
struct WorldStore {
  /// Held as long as the world lives; none in memory.
  std::unique_ptr<InstanceLock> lock;
  std::unique_ptr<DatabaseAdapter> database;
  std::unique_ptr<CacheAdapter> cache;
  /// The database's whole content.
  std::function<std::string()> image;
  /// Replaces the database's whole content, at once or not at all.
  std::function<void(std::string_view image)> restore;
  std::function<void()> forgetCache;
  /// Returns when the database can be written to.
  std::function<void()> probe;
};

/// Opens the store in `file`, or in memory when that is empty. `clock` must outlive the store. Throws StoreError for
/// a file that no stub made, and std::runtime_error for one that another stub has open; neither is touched.
using MakeWorldStore = std::function<WorldStore(const std::string& file, const Clock& clock)>;

}  // namespace glitch_protocol::web
