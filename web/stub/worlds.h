// All worlds, by their names.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/sync/mutex.h"
#include "web/stub/stub_world.h"

namespace glitch_protocol::web {

/// Makes each world when it is first named; then it stays. *Thread-safe.*
class Worlds {
 public:
  /// The default world is kept in `file`, in memory when that is empty; the others always in memory. `log`
  /// must outlive this.
  Worlds(WorldSettings settings, const std::string& file, Log& log);

  StubWorld& byDefault() { return default_; }
  /// Letters, digits and dashes, at most 64. ValidationError for another name, or past 256 worlds.
  StubWorld& named(std::string_view name);

  /// Whether any rule of any world delays requests.
  bool anyDelays() const { return delaying_.load() > 0; }
  void forEach(const std::function<void(StubWorld&)>& visit);

 private:
  // constant after construction
  const WorldSettings settings_;
  Log& log_;
  // locks itself
  std::atomic<std::size_t> delaying_{0};
  StubWorld default_;

  Mutex mutex_;
  std::map<std::string, std::unique_ptr<StubWorld>, std::less<>> worlds_ GUARDED_BY(mutex_);
};

/// What worlds begin with: an empty database, and `seed` in it. Throws ValidationError.
std::string makeSeedImage(const WorldSettings&, const Seed& seed);

/// Letters, digits and dashes, 1 to 64: the names of worlds and snapshots.
bool isWorldName(std::string_view name);

}  // namespace glitch_protocol::web
