// The command line: which command, with which arguments.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "web/config/config.h"
#include "web/doctor/server_url.h"

namespace glitch_protocol::web {

/// The exit code of the process.
enum class ExitCode { done = 0, failed = 1, misused = 2 };

enum class Command {
  serve,
  checkConfig,
  userAdd,
  userList,
  userPasswd,
  userDisable,
  userEnable,
  userDelete,
  sessionList,
  sessionTerminate,
  tokenMint,
  tokenInspect,
  secret,
  backup,
  restore,
  audit,
  doctor,
  health,
  stub,
  version,
};

enum class OutputFormat { text, json };
enum class Confirmation { ask, given };
/// Which sessions `session terminate` ends.
enum class SessionChoice { one, allOfUser, allOfEverybody };

/// What `restore` does with the sessions in the backup.
enum class RestoredSessions { ended, kept };

/// A command with its arguments; arguments that it does not take are empty.
struct Arguments {
  Command command = Command::serve;
  std::optional<std::string> configFile;
  std::vector<Assignment> settings;  ///< `--key value`, not yet checked

  OutputFormat format = OutputFormat::text;
  Confirmation confirmation = Confirmation::ask;
  std::string email;
  std::optional<std::string> name;
  std::string sessionId;
  SessionChoice sessions = SessionChoice::one;
  std::string file;
  RestoredSessions restoredSessions = RestoredSessions::ended;
  std::size_t limit = 0;
  std::string seedFile;
  std::optional<std::string> publicHosts;  ///< the stub listens for other machines, which use these names
  std::string url;
  std::string origin;
  PlainPassword plainPassword = PlainPassword::refused;
};

/// Nothing to run: the help that was requested (done), or what is wrong (misused).
struct Advice {
  ExitCode exitCode = ExitCode::misused;
  std::string text;
};

/// `arguments` does not include the program's name. The text of an Advice does not repeat values of arguments,
/// because they might be secrets in the wrong place.
std::variant<Arguments, Advice> parseCommandLine(const std::vector<std::string>& arguments);

}  // namespace glitch_protocol::web
