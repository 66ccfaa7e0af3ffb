// The stub as a process: its sockets, its first line, its end.
#pragma once

#include <ostream>
#include <string>

#include "web/config/config.h"
#include "web/stub/control_hosts.h"
#include "web/stub/world_store.h"

namespace glitch_protocol::web {

struct StubSettings {
  Config config;
  std::string file;  ///< keeps the default world; empty: memory
  std::string seedFile;
  ControlHosts controlHosts;
  MakeWorldStore makeStore;
};

/// Signs the tokens of every stub's default world. Everybody knows it.
inline constexpr const char* wellKnownStubSecret = "auth-server-stub-well-known-secret-never-in-production";

/// Serves until SIGTERM, SIGINT, or the end of standard input where that is a pipe. Prints one line to `out`.
/// Throws when it cannot start: std::runtime_error, ValidationError for the seed, StoreError.
void runStub(const StubSettings&, std::ostream& out);

}  // namespace glitch_protocol::web
