// The executable form of engine/cache_adapter.h.
#pragma once

#include <functional>
#include <memory>

#include "engine/cache_adapter.h"
#include "engine/clock.h"

namespace glitch_protocol::contract {

/// Creates an empty cache that uses the given clock.
using MakeCache = std::function<std::unique_ptr<CacheAdapter>(ManualClock&)>;

/// What every cache must do, even one that stores nothing.
void cacheIsNeverWrong(const MakeCache& make);
/// What a cache that stores values must do as well.
void cacheRemembers(const MakeCache& make);

}  // namespace glitch_protocol::contract
