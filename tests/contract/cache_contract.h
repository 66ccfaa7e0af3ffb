// The executable form of engine/cache_adapter.h.
#pragma once

#include <functional>
#include <memory>

#include "engine/cache_adapter.h"
#include "engine/clock.h"

namespace glitch_protocol::contract {

/// Makes an empty cache whose time is the given clock's.
using MakeCache = std::function<std::unique_ptr<CacheAdapter>(ManualClock&)>;

/// What every cache keeps to, one that forgets everything at once included.
void cacheNeverLies(const MakeCache& make);
/// What a cache that is of use keeps to besides.
void cacheRemembers(const MakeCache& make);

}  // namespace glitch_protocol::contract
