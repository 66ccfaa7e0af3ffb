// Logs what an operator should know when a server starts.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "web/config/config.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

/// Facts about the start that the configuration does not contain.
struct StartFacts {
  std::vector<std::string> addresses;    ///< from ConnectionServer::addresses()
  uid_t user = 0;                        ///< the user that the process runs as
  CoreDumps coreDumps = CoreDumps::off;  ///< the setting in effect
};

/// Logs the addresses, the main settings, and warnings about risky settings.
void logStart(Log&, const LoadedConfig&, const StartFacts&);

/// Logs the addresses of the metrics listener.
void logMetrics(Log&, const std::vector<std::string>& addresses);

/// "auth-server listens on http://127.0.0.1:8080, unix:/run/auth.sock": for people and scripts, with the
/// ports that the system chose.
std::string listeningLine(const Config&, const std::vector<std::string>& addresses);

}  // namespace glitch_protocol::web
