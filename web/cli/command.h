// The commands: one function each, called by program.cpp.
#pragma once

#include "web/cli/backends.h"
#include "web/cli/command_line.h"
#include "web/cli/terminal.h"
#include "web/config/config.h"

namespace glitch_protocol::web {

/// The inputs and outputs of a command. Everything is borrowed. `loaded` is empty for commands that need no
/// configuration.
struct CommandContext {
  const Arguments& arguments;
  const LoadedConfig& loaded;
  Terminal& terminal;
  const Backends& backends;
};

// Each returns the exit code of the process, or throws an exception whose text is shown to the user.

ExitCode serve(CommandContext&);
ExitCode checkConfig(CommandContext&);
ExitCode printSecret(CommandContext&);
ExitCode printVersion(CommandContext&);
ExitCode backup(CommandContext&);
ExitCode restore(CommandContext&);

ExitCode addUser(CommandContext&);
ExitCode listUsers(CommandContext&);
ExitCode setPassword(CommandContext&);
ExitCode disableUser(CommandContext&);
ExitCode enableUser(CommandContext&);
ExitCode deleteUser(CommandContext&);

ExitCode listSessions(CommandContext&);
ExitCode terminateSessions(CommandContext&);

ExitCode showAudit(CommandContext&);
/// Also `failed` if the diagnosis has findings.
ExitCode examine(CommandContext&);
/// Throws also if the server is not ready. `loaded` is empty if the arguments contain a URL.
ExitCode checkHealth(CommandContext&);

/// Returns when it is told to stop, or when standard input is a pipe and has closed.
ExitCode stub(CommandContext&);

ExitCode mintToken(CommandContext&);
/// Also `failed` if the token is not accepted, so that scripts can test it.
ExitCode inspectToken(CommandContext&);

}  // namespace glitch_protocol::web
