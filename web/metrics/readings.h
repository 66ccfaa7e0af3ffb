// Adds values that other components keep to the metrics.
#pragma once

#include <cstddef>
#include <functional>

#include "engine/engine.h"
#include "web/connection/server.h"
#include "web/http/log.h"
#include "web/metrics/metrics.h"

namespace glitch_protocol::web {

/// The contents of the cache. Both functions are called at each scrape and must be set.
struct CacheReadings {
  std::function<std::size_t()> entries;
  std::function<std::size_t()> bytes;
};
void addCacheReadings(Metrics&, CacheReadings);

/// Adds values of the engine and the connection layer. Both must outlive the last scrape.
void addReadings(Metrics&, Engine&, const ConnectionServer&);
/// Adds the numbers of dropped log lines and of summed-up events. `log` must outlive the last scrape.
void addLogReadings(Metrics&, const Log& log);

}  // namespace glitch_protocol::web
