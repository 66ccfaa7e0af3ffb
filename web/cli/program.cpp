// The table of commands, and what happens around each of them.
#include "web/cli/program.h"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <ostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "engine/errors.h"
#include "web/cli/command.h"
#include "web/serve/process.h"

namespace glitch_protocol::web {
namespace {

enum class Needs { nothing, configuration, configurationUnlessUrl };

struct CommandRow {
  Command command;
  Needs needs;
  ExitCode (*run)(CommandContext&);
};

constexpr std::array commands{
    CommandRow{Command::serve, Needs::configuration, serve},
    CommandRow{Command::checkConfig, Needs::configuration, checkConfig},
    CommandRow{Command::userAdd, Needs::configuration, addUser},
    CommandRow{Command::userList, Needs::configuration, listUsers},
    CommandRow{Command::userPasswd, Needs::configuration, setPassword},
    CommandRow{Command::userDisable, Needs::configuration, disableUser},
    CommandRow{Command::userEnable, Needs::configuration, enableUser},
    CommandRow{Command::userDelete, Needs::configuration, deleteUser},
    CommandRow{Command::sessionList, Needs::configuration, listSessions},
    CommandRow{Command::sessionTerminate, Needs::configuration, terminateSessions},
    CommandRow{Command::tokenMint, Needs::configuration, mintToken},
    CommandRow{Command::tokenInspect, Needs::configuration, inspectToken},
    CommandRow{Command::secret, Needs::nothing, printSecret},
    CommandRow{Command::backup, Needs::configuration, backup},
    CommandRow{Command::restore, Needs::configuration, restore},
    CommandRow{Command::audit, Needs::configuration, showAudit},
    CommandRow{Command::doctor, Needs::configuration, examine},
    CommandRow{Command::health, Needs::configurationUnlessUrl, checkHealth},
    CommandRow{Command::stub, Needs::nothing, stub},
    CommandRow{Command::version, Needs::nothing, printVersion},
};

bool needsConfiguration(const CommandRow& row, const Arguments& arguments) {
  if (row.needs == Needs::configurationUnlessUrl) return arguments.url.empty();
  return row.needs == Needs::configuration;
}

void complain(Terminal& terminal, std::string_view sentence) {
  terminal.err << "auth-server: " << printable(sentence) << '\n';
}

std::string sentenceFor(const std::system_error& failure) {
  // What the std::thread constructor throws (pthread_create(3)).
  if (failure.code() != std::errc::resource_unavailable_try_again) return failure.what();
  return "the system cannot start another thread; allow more threads (ulimit -u, TasksMax) or more address "
         "space "
         "(ulimit -v)";
}

ExitCode give(Terminal& terminal, const Advice& advice) {
  if (advice.exitCode == ExitCode::done)
    terminal.out << advice.text;
  else
    terminal.err << "auth-server: " << advice.text;
  return advice.exitCode;
}

ExitCode carryOut(const Arguments& arguments, std::vector<std::string> environment, Terminal& terminal,
                  const Backends& backends) {
  const auto row = std::find_if(commands.begin(), commands.end(), [&](const CommandRow& candidate) {
    return candidate.command == arguments.command;
  });
  LoadedConfig loaded;
  if (needsConfiguration(*row, arguments)) {
    loaded = loadConfig({arguments.configFile, std::move(environment), arguments.settings});
    for (const std::string& warning : loaded.warnings) complain(terminal, "warning: " + warning);
    if (loaded.config.coreDumps == CoreDumps::on) setCoreDumps(CoreDumps::on);
  }
  CommandContext context{arguments, loaded, terminal, backends};
  const ExitCode exitCode = row->run(context);
  // The server's only line is informational; for other commands lost output is a failure.
  if (arguments.command != Command::serve && !terminal.out.flush())
    throw std::runtime_error("cannot write to standard output");
  return exitCode;
}

}  // namespace

ExitCode runProgram(const std::vector<std::string>& arguments, std::vector<std::string> environment,
                    Terminal& terminal, const Backends& backends) {
  try {
    const auto parsed = parseCommandLine(arguments);
    if (const auto* advice = std::get_if<Advice>(&parsed)) return give(terminal, *advice);
    return carryOut(std::get<Arguments>(parsed), std::move(environment), terminal, backends);
  } catch (const ConfigError& refused) {
    for (const std::string& error : refused.errors()) complain(terminal, error);
  } catch (const ValidationError& refused) {
    for (const FieldError& error : refused.fields()) complain(terminal, error.field + ": " + error.message);
  } catch (const std::system_error& failure) {
    complain(terminal, sentenceFor(failure));
  } catch (const std::bad_alloc&) {
    complain(terminal,
             "there is not enough memory; allow more address space (ulimit -v) or memory (MemoryMax)");
  } catch (const std::exception& failure) {
    complain(terminal, failure.what());
  }
  return ExitCode::failed;
}

}  // namespace glitch_protocol::web
