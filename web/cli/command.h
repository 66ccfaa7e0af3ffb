// The commands: one function each, called by program.cpp.
#pragma once

#include "web/cli/backends.h"
#include "web/cli/command_line.h"
#include "web/cli/terminal.h"
#include "web/config/config.h"

namespace glitch_protocol::web {

/// What a command works with. Everything is borrowed. `loaded` is empty for commands that need no
/// configuration.
struct CommandContext {
  const Arguments& arguments;
  const LoadedConfig& loaded;
  Terminal& terminal;
  const Backends& backends;
};

// Each returns what the process ends with, or throws an exception whose text is fit for the person who ran
// it.

ExitCode serve(CommandContext&);
ExitCode checkConfig(CommandContext&);
ExitCode printSecret(CommandContext&);
ExitCode printVersion(CommandContext&);
ExitCode backup(CommandContext&);

ExitCode addUser(CommandContext&);
ExitCode listUsers(CommandContext&);
ExitCode setPassword(CommandContext&);
ExitCode disableUser(CommandContext&);
ExitCode enableUser(CommandContext&);
ExitCode deleteUser(CommandContext&);

ExitCode listSessions(CommandContext&);
ExitCode terminateSessions(CommandContext&);

ExitCode showAudit(CommandContext&);
/// failed also when something is wrong with the server.
ExitCode examine(CommandContext&);

/// Returns when it is told to stop, or standard input was a pipe and has closed.
ExitCode stub(CommandContext&);

ExitCode mintToken(CommandContext&);
/// failed also when the token is not accepted, so that scripts can ask.
ExitCode inspectToken(CommandContext&);

}  // namespace glitch_protocol::web
