// The grammar of the command line. The only file that uses CLI11.
#include "web/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "web/config/settings.h"

namespace glitch_protocol::web {
namespace {

constexpr const char* settingsHeading = "Settings (also in auth.conf, and as AUTH_KEY in the environment)";

/// Prints the commands before the options, because there are many options.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    if (mode == CLI::AppFormatMode::Sub) return CLI::Formatter::make_help(app, name, mode);
    return make_description(app) + make_usage(app, name) + make_positionals(app) +
           make_subcommands(app, mode) + make_groups(app, mode) + make_footer(app);
  }
};

/// The grammar, and the arguments that parsing has found. *One thread at a time.*
class Grammar {
 public:
  Grammar() {
    const auto formatter = std::make_shared<HelpFormatter>();
    formatter->column_width(40);
    app_.formatter(formatter);
    app_.footer("Exit codes: 0 done, 1 failed, 2 misused.");
    app_.fallthrough();  // allows --config and the settings after a command too
    app_.require_subcommand(0, 1);
    app_.add_option("--config", configFile_, "Read this file instead of auth.conf")->type_name("FILE");
    addSettings();
    addServerCommands();
    addUserCommands();
    addSessionCommands();
    addTokenCommands();
  }

  /// Throws CLI::ParseError.
  void parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // the order that CLI11 expects
    app_.parse(std::move(arguments));
  }

  /// After parse(): what is wrong although each argument by itself is valid.
  std::optional<std::string> error() const {
    for (const auto& [key, value] : settings_)
      if (value.option->count() > 0 && findSetting(key)->sensitivity == Sensitivity::secret)
        return "--" + key +
               " is not accepted on the command line, where other users can read it; use auth.conf, the " +
               "environment or jwt_secret_file";
    if (terminate_->parsed()) return terminateFault();
    return std::nullopt;
  }

  Arguments arguments() {
    Arguments& result = arguments_;
    for (const auto& [key, value] : settings_)
      if (value.option->count() > 0) result.settings.push_back({key, value.text, "option --" + key});
    if (app_.count("--config") > 0) result.configFile = configFile_;
    if (nameOption_->count() > 0) result.name = name_;
    if (json_) result.format = OutputFormat::json;
    if (publicHostsOption_->count() > 0) result.publicHosts = publicHosts_;
    if (keepSessions_) result.restoredSessions = RestoredSessions::kept;
    if (insecure_) result.plainPassword = PlainPassword::allowed;
    if (yes_) result.confirmation = Confirmation::given;
    if (all_)
      result.sessions = result.email.empty() ? SessionChoice::allOfEverybody : SessionChoice::allOfUser;
    return std::move(result);
  }

  std::string helpOf(const CLI::ParseError& request) {
    std::ostringstream out, err;
    app_.exit(request, out, err);
    return out.str();
  }
  std::vector<std::string> unexpected() const { return app_.remaining(true); }

 private:
  struct Value {
    std::string text;
    CLI::Option* option = nullptr;
  };

  void addSettings() {
    for (const Setting& setting : settings()) {
      Value& value = settings_[std::string(setting.key)];
      value.option =
          app_.add_option("--" + std::string(setting.key), value.text,
                          std::string(setting.description) + " (" + std::string(setting.defaultValue) + ")");
      value.option->type_name("VALUE")->group(setting.sensitivity == Sensitivity::secret ? ""
                                                                                         : settingsHeading);
    }
  }

  CLI::App* add(CLI::App& parent, const char* name, Command command, const char* description) {
    CLI::App* sub = parent.add_subcommand(name, description);
    sub->callback([this, command] { arguments_.command = command; });
    return sub;
  }
  CLI::App* addGroup(const char* name, const char* description) {
    CLI::App* group = app_.add_subcommand(name, description);
    group->require_subcommand(1);
    return group;
  }
  void takeEmail(CLI::App* sub) {
    sub->add_option("EMAIL", arguments_.email, "The user's e-mail address")->required()->type_name("");
  }
  void takeJson(CLI::App* sub) { sub->add_flag("--json", json_, "Print JSON"); }
  void takeYes(CLI::App* sub) { sub->add_flag("--yes", yes_, "Do not ask"); }

  void addServerCommands() {
    add(app_, "serve", Command::serve, "Run the server (also without any command)");
    takeJson(add(app_, "check-config", Command::checkConfig,
                 "Check the configuration and print the values in force"));
    add(app_, "secret", Command::secret, "Print a new random secret for jwt_secret");
    CLI::App* backup =
        add(app_, "backup", Command::backup, "Copy the database into a new file, also while the server runs");
    backup->add_option("FILE", arguments_.file, "The file to create")->required()->type_name("");
    addRestoreCommand();
    addAuditCommand();
    addDoctorCommand();
    addHealthCommand();
    addStubCommand();
    takeJson(add(app_, "version", Command::version,
                 "Print the version; with --json also the compiler and the libraries"));
  }

  void addRestoreCommand() {
    CLI::App* restore = add(app_, "restore", Command::restore,
                            "Replace the database by a backup while no server runs, and end all sessions");
    restore->add_option("FILE", arguments_.file, "The backup")->required()->type_name("");
    restore->add_flag("--keep-sessions", keepSessions_, "Do not end the sessions that the backup contains");
  }

  void addAuditCommand() {
    CLI::App* audit =
        add(app_, "audit", Command::audit,
            "Show what happened to accounts and sessions, newest last, also while the server runs");
    audit->add_option("--user", arguments_.email, "Only this user's events (for a deleted user the ID)")
        ->type_name("EMAIL");
    audit->add_option("--limit", arguments_.limit, "At most so many events, the newest (100)")
        ->type_name("N")
        ->default_val(100)
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
    takeJson(audit);
  }

  void addDoctorCommand() {
    CLI::App* doctor = add(app_, "doctor", Command::doctor,
                           "Call a running server as browsers do, and report what is wrong on the way");
    doctor->add_option("URL", arguments_.url, "The address that browsers use")->required()->type_name("");
    doctor->add_option("--user", arguments_.email, "Also sign in as this user; prompts for the password")
        ->type_name("EMAIL");
    doctor->add_option("--origin", arguments_.origin, "Check whether pages of this origin may use the server")
        ->type_name("ORIGIN");
    doctor->add_flag("--insecure", insecure_,
                     "Send the password over plain http to another machine, although others can read it");
    takeJson(doctor);
  }

  void addHealthCommand() {
    CLI::App* health = add(app_, "health", Command::health,
                           "Ask the running server whether it is ready (exit code 0: it is)");
    health->add_option("--url", arguments_.url, "Ask this server instead of the configured one")
        ->type_name("URL");
  }

  void addStubCommand() {
    CLI::App* stub = add(app_, "stub", Command::stub,
                         "Run the server for tests: in memory, with a control plane under /__test/");
    stub->add_option("--seed", arguments_.seedFile, "Users and sessions to start with")->type_name("FILE");
    publicHostsOption_ = stub->add_option("--allow-public", publicHosts_,
                                          "Listen for other machines, which use these host names")
                             ->type_name("HOST[,HOST...]");
  }

  void addUserCommands() {
    CLI::App* group = addGroup("user", "Manage users, also while the server runs");
    CLI::App* user =
        add(*group, "add", Command::userAdd, "Add a user; prompts for the password or reads it from a pipe");
    takeEmail(user);
    nameOption_ = user->add_option("--name", name_, "The display name")->type_name("NAME");
    takeJson(user);
    takeJson(add(*group, "list", Command::userList, "List all users"));
    takeEmail(
        add(*group, "passwd", Command::userPasswd, "Set a new password and end all of the user's sessions"));
    takeEmail(
        add(*group, "disable", Command::userDisable, "Refuse sign-ins and end all of the user's sessions"));
    takeEmail(add(*group, "enable", Command::userEnable, "Accept sign-ins again"));
    CLI::App* remove = add(*group, "delete", Command::userDelete, "Delete the user with all their sessions");
    takeEmail(remove);
    takeYes(remove);
  }

  void addSessionCommands() {
    CLI::App* group = addGroup("session", "List and end sessions, also while the server runs");
    CLI::App* list = add(*group, "list", Command::sessionList, "List a user's sessions");
    takeEmail(list);
    takeJson(list);
    terminate_ = add(*group, "terminate", Command::sessionTerminate,
                     "End one session, all of a user's, or everybody's");
    terminate_
        ->add_option("ID", arguments_.sessionId, "The session (write an id that begins with - after --)")
        ->type_name("");
    terminate_->add_option("--user", arguments_.email, "With --all: whose sessions")->type_name("EMAIL");
    terminate_->add_flag("--all", all_, "All sessions of the user, or of everybody without --user");
    takeYes(terminate_);
  }

  void addTokenCommands() {
    CLI::App* group = addGroup("token", "Create and examine tokens");
    CLI::App* mint =
        add(*group, "mint", Command::tokenMint, "Open a session for a user and print its access token");
    mint->add_option("--user", arguments_.email, "The user's e-mail address")->required()->type_name("EMAIL");
    takeJson(mint);
    takeJson(add(*group, "inspect", Command::tokenInspect,
                 "Say whether a token from standard input is accepted, or why not"));
  }

  std::optional<std::string> terminateFault() const {
    const bool hasId = !arguments_.sessionId.empty();
    const bool hasUser = !arguments_.email.empty();
    if (hasId && (all_ || hasUser)) return "session terminate takes an ID or --all, not both";
    if (!hasId && !all_) return "session terminate needs an ID, --user EMAIL --all, or --all";
    return std::nullopt;
  }

  CLI::App app_{"Signs people in, keeps their sessions, and ends them everywhere at once.", "auth-server"};
  std::map<std::string, Value> settings_;
  Arguments arguments_;
  std::string configFile_;
  std::string name_;
  bool json_ = false;
  bool yes_ = false;
  bool insecure_ = false;
  bool keepSessions_ = false;
  bool all_ = false;
  std::string publicHosts_;
  CLI::Option* nameOption_ = nullptr;
  CLI::Option* publicHostsOption_ = nullptr;
  CLI::App* terminate_ = nullptr;
};

/// Keys may be written with hyphens: --log-level is --log_level.
std::string normalized(const std::string& argument) {
  if (!argument.starts_with("--")) return argument;
  const std::size_t end = std::min(argument.find('='), argument.size());
  std::string key = argument.substr(2, end - 2);
  std::replace(key.begin(), key.end(), '-', '_');
  return findSetting(key) == nullptr ? argument : "--" + key + argument.substr(end);
}

std::vector<std::string> normalized(std::vector<std::string> arguments) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  std::transform(arguments.begin(), end, arguments.begin(),
                 [](const std::string& a) { return normalized(a); });
  return arguments;
}

/// The sentence about arguments that do not belong to the grammar.
std::string aboutUnexpected(const std::vector<std::string>& arguments) {
  if (arguments.empty() || !arguments.front().starts_with('-'))
    return "there is one argument too many, or the command does not exist";
  const std::string& first = arguments.front();
  if (!first.starts_with("--")) return "there is an unknown option; write an id that begins with - after --";
  return "there is no option " + first.substr(0, first.find('='));
}

Advice misuse(const std::string& reason) {
  return {ExitCode::misused, reason + "\nRun auth-server --help for a list of commands and options.\n"};
}

}  // namespace

std::variant<Arguments, Advice> parseCommandLine(const std::vector<std::string>& arguments) {
  const auto grammar = std::make_unique<Grammar>();
  try {
    grammar->parse(normalized(arguments));
  } catch (const CLI::CallForHelp& request) {
    return Advice{ExitCode::done, grammar->helpOf(request)};
  } catch (const CLI::ExtrasError&) {
    return misuse(aboutUnexpected(grammar->unexpected()));
  } catch (const CLI::ParseError& error) {
    return misuse(error.what());
  }
  if (const auto error = grammar->error()) return misuse(*error);
  return grammar->arguments();
}

}  // namespace glitch_protocol::web
