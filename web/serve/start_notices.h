// What a server says when it starts.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "web/config/config.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

/// What the start led to, beside the configuration.
struct StartFacts {
  std::vector<std::string> addresses;    ///< where it listens, as ConnectionServer::addresses() has them
  uid_t user = 0;                        ///< whom the process runs as
  CoreDumps coreDumps = CoreDumps::off;  ///< what is in force
};

/// Writes down what is served, to whom, and what an operator should think about.
void logStart(Log&, const LoadedConfig&, const StartFacts&);

/// The same for the listener of the metrics.
void logMetrics(Log&, const std::vector<std::string>& addresses);

/// "auth-server listens on http://127.0.0.1:8080, unix:/run/auth.sock": for people and scripts, who need the
/// ports that the system chose.
std::string listeningLine(const Config&, const std::vector<std::string>& addresses);

}  // namespace glitch_protocol::web
