// The program but for what only main.cpp can build.
#pragma once

#include <string>
#include <vector>

#include "web/cli/backends.h"
#include "web/cli/command_line.h"
#include "web/cli/terminal.h"

namespace glitch_protocol::web {

/// Carries out what the arguments (without the program's own name) ask for, and returns what the process ends
/// with. `environment` holds `NAME=value`, secrets too, and is destroyed as soon as the configuration is read.
/// Whatever fails is told in a sentence on `terminal.err`; throws nothing.
ExitCode runProgram(const std::vector<std::string>& arguments, std::vector<std::string> environment,
                    Terminal&, const Backends&);

}  // namespace glitch_protocol::web
