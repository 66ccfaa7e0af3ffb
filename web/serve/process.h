// This process, as the rest of the machine sees it.
#pragma once

#include <string>
#include <vector>

#include "web/config/config.h"

namespace glitch_protocol::web {

/// Makes new files private (umask 077), and switches core dumps off (in a build by `make debug` only the first).
void hardenProcess();

/// On: a crash may leave a core file (where `ulimit -c` and the system allow it), and debuggers of the same user may
/// attach. Off: neither, for the memory holds secrets (prctl(2), PR_SET_DUMPABLE).
void setCoreDumps(CoreDumps);

/// What is in force.
CoreDumps coreDumps();

/// Copies `environment` (NAME=value, ended by null), and overwrites the values of settings that are secrets
/// in place: /proc/PID/environ shows the original memory. Call it before any thread is started.
std::vector<std::string> takeEnvironment(char** environment);

}  // namespace glitch_protocol::web
