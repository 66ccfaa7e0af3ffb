// Protects the process: file modes, core dumps, debuggers and its visible environment.
#pragma once

#include <string>
#include <vector>

#include "web/config/config.h"

namespace glitch_protocol::web {

/// Makes new files private (umask 077) and disables core dumps (a `make debug` build does only the first).
void hardenProcess();

/// on: a crash may leave a core file (if `ulimit -c` and the system allow it), and debuggers of the same user
/// may attach. off: neither, because the memory contains secrets (prctl(2), PR_SET_DUMPABLE).
void setCoreDumps(CoreDumps);

/// The setting in effect.
CoreDumps coreDumps();

/// Returns a copy of `environment` (NAME=value, ended by null) and overwrites the values of secret settings
/// in place, since /proc/PID/environ shows the original memory. Call it before any thread starts.
std::vector<std::string> takeEnvironment(char** environment);

}  // namespace glitch_protocol::web
