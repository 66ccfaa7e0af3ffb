// All worlds by name.
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

/// Creates each world when it is first named; worlds are never removed. *Thread-safe.*
class Worlds {
 public:
  /// The default world is stored in `file`, or in memory when that is empty; the others are always in memory.
  /// `log` must outlive this.
  Worlds(WorldSettings settings, const std::string& file, Log& log);

  StubWorld& byDefault() { return default_; }
  /// The world with this name of letters, digits and dashes, at most 64. Throws ValidationError for an
  /// invalid name and when there would be more than 256 worlds.
  StubWorld& named(std::string_view name);

  /// Whether any fault rule of any world delays requests.
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

/// The initial state of worlds: an empty database with `seed` applied. Throws ValidationError.
std::string makeSeedImage(const WorldSettings&, const Seed& seed);

/// Whether `name` is valid for a world or a snapshot: letters, digits and dashes, 1 to 64.
bool isWorldName(std::string_view name);

}  // namespace glitch_protocol::web
