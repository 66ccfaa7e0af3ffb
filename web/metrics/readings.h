#pragma once

#include <cstddef>
#include <functional>

#include "engine/engine.h"
#include "web/connection/server.h"
#include "web/http/log.h"
#include "web/metrics/metrics.h"

namespace glitch_protocol::web {

/// What the engine's cache holds at the moment. Both are called at each scrape, and must be set.
struct CacheReadings {
  std::function<std::size_t()> entries;
  std::function<std::size_t()> bytes;
};
void addCacheReadings(Metrics&, CacheReadings);

/// Adds what the engine and the connection layer know about themselves. Both must outlive the last scrape.
void addReadings(Metrics&, Engine&, const ConnectionServer&);
/// Adds how many lines and events the log does not give a line of their own. `log` must outlive the last scrape.
void addLogReadings(Metrics&, const Log& log);

}  // namespace glitch_protocol::web
