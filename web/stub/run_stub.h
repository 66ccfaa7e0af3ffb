// Runs the stub as a process: its sockets, the line that it prints, and its end.
#pragma once

#include <ostream>
#include <string>

#include "web/config/config.h"
#include "web/stub/control_hosts.h"
#include "web/stub/world_store.h"

namespace glitch_protocol::web {

struct StubSettings {
  Config config;
  std::string file;  ///< stores the default world; empty: in memory
  std::string seedFile;
  ControlHosts controlHosts;
  MakeWorldStore makeStore;
};

/// The secret of the default world of every stub. It is public.
inline constexpr const char* wellKnownStubSecret = "auth-server-stub-well-known-secret-never-in-production";

/// Serves until SIGTERM, SIGINT or, if standard input is a pipe, its end. Prints one line to `out`. Throws
/// when it cannot start: std::runtime_error, ValidationError for the seed, StoreError.
void runStub(const StubSettings&, std::ostream& out);

}  // namespace glitch_protocol::web
