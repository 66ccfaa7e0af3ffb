// This process, as the rest of the machine sees it.
#pragma once

#include <string>
#include <vector>

namespace glitch_protocol::web {

/// New files are private (umask 077), and neither core dumps nor other processes of the same user get at the
/// secrets in memory.
void hardenProcess();

/// Copies `environment` (NAME=value, ended by null), and overwrites the values of settings that are secrets
/// in place: /proc/PID/environ shows the original memory. Call it before any thread is started.
std::vector<std::string> takeEnvironment(char** environment);

}  // namespace glitch_protocol::web
