#pragma once

#include "engine/engine.h"
#include "web/connection/server.h"
#include "web/metrics/metrics.h"

namespace glitch_protocol::web {

/// Adds what the engine and the connection layer know about themselves. Both must outlive the last scrape.
void addReadings(Metrics&, Engine&, const ConnectionServer&);

}  // namespace glitch_protocol::web
