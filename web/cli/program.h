// The program, except for what only main.cpp can build.
#pragma once

#include <string>
#include <vector>

#include "web/cli/backends.h"
#include "web/cli/command_line.h"
#include "web/cli/terminal.h"

namespace glitch_protocol::web {

/// Runs the command that the arguments (without the program's name) ask for, and returns the exit code.
/// `environment` contains `NAME=value`, including secrets, and is destroyed as soon as the configuration has been
/// read. Failures are reported in a sentence on `terminal.err`; throws nothing.
ExitCode runProgram(const std::vector<std::string>& arguments, std::vector<std::string> environment,
                    Terminal&, const Backends&);

}  // namespace glitch_protocol::web
