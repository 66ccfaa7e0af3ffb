#include <picojson.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/accounts.h"
#include "engine/cache_adapter.h"
#include "engine/engine.h"
#include "store/sqlite_database.h"
#include "store/sqlite_libraries.h"
#include "store/sqlite_restore.h"
#include "tests/catch.h"
#include "tests/support/messages.h"
#include "tests/support/temporary_directory.h"
#include "web/cli/open_engine.h"
#include "web/cli/program.h"
#include "web/config/database_files.h"
#include "web/config/jwt_secret.h"
#include "web/serve/command_log.h"

using namespace glitch_protocol;
using namespace glitch_protocol::web;

namespace {

const std::string alice = "alice@example.com";
const std::string password = "tangerine dream 42";

struct Ran {
  ExitCode exitCode;
  std::string out;
  std::string err;
};

/// The text of a member in one of our own JSON answers.
std::string member(const std::string& json, const std::string& name) {
  const std::string start = "\"" + name + "\":\"";
  const std::size_t begin = json.find(start);
  if (begin == std::string::npos) return "";
  return json.substr(begin + start.size(), json.find('"', begin + start.size()) - begin - start.size());
}

/// The second column of a table, without its heading: "USER_ADDED LOGIN_SUCCEEDED ".
std::string events(const std::string& table) {
  std::istringstream lines(table);
  std::string names, line, time, event;
  for (std::getline(lines, line); std::getline(lines, line);) {
    std::istringstream(line) >> time >> event;
    names += event + " ";
  }
  return names;
}

/// A machine with an empty configuration and a database of its own.
class Machine {
 public:
  Machine() { std::ofstream(config_) << "database = " << database_ << "\n"; }

  /// Runs a command with standard input from `input`.
  Ran run(std::vector<std::string> arguments, const std::string& input = "", Input kind = Input::piped) {
    std::istringstream in(input);
    std::ostringstream out, err;
    Terminal terminal{in, out, err, kind};
    arguments.insert(arguments.begin(), {"--config", config_});
    const ExitCode exitCode = runProgram(arguments, {}, terminal, backends());
    return {exitCode, out.str(), err.str()};
  }
  void addAlice() {
    REQUIRE(run({"user", "add", alice, "--name", "Alice"}, password + "\n").exitCode == ExitCode::done);
  }

  /// What the server would use.
  std::unique_ptr<OpenEngine> open() {
    return std::make_unique<OpenEngine>(loadConfig({config_, {}, {}}).config, backends(),
                                        MissingDatabase::refuse);
  }
  bool canLogIn(const std::string& with = password) {
    try {
      open()->accounts().login(alice, with, {});
      return true;
    } catch (const AccountError&) {
      return false;
    }
  }
  std::string file(const std::string& name) const { return directory_.file(name); }
  bool hasDatabase() const { return std::ifstream(database_).good(); }
  int serverRuns() const { return serverRuns_; }

 private:
  Backends backends() {
    return {checkDatabaseFiles,
            [](const Config& config) {
              store::SqliteOptions options;
              options.path = config.database;
              return std::make_unique<store::SqliteDatabase>(options);
            },
            [](const Config& config, const std::string& backup, TimePoint now, const auto& prepare) {
              store::SqliteOptions options;
              options.path = config.database;
              return store::restoreBackup(options, backup, now, prepare);
            },
            [this](const LoadedConfig&) { ++serverRuns_; },
            {},
            store::sqliteLibraries()};
  }

  TemporaryDirectory directory_;
  const std::string config_ = directory_.file("test.conf");
  const std::string database_ = directory_.file("auth.db");
  int serverRuns_ = 0;
};

}  // namespace

TEST_CASE("a misused command line is exit code 2, says why, and does nothing") {
  const auto arguments = GENERATE(values<std::vector<std::string>>({
      {"fly"},
      {"serve", "now"},
      {"--no_such_option", "canary"},
      {"--log_level"},
      {"--log_level", "info", "--log_level", "info"},
      {"--jwt_secret", "canary"},
      {"--jwt_secret=canary"},
      {"--jwt-previous-secrets", "canary"},
      {"-x"},
      {"user"},
      {"user", "fly"},
      {"user", "add"},
      {"user", "add", "a@example.com", "canary"},
      {"user", "add", "a@example.com", "--password", "canary"},
      {"user", "passwd", "a@example.com", "canary"},
      {"session", "list"},
      {"session", "terminate"},
      {"session", "terminate", "--user", "a@example.com"},
      {"session", "terminate", "id", "--all"},
      {"session", "terminate", "id", "--user", "a@example.com"},
      {"token", "mint"},
      {"token", "inspect", "canary"},
      {"backup"},
      {"restore"},
      {"restore", "backup.db", "canary"},
      {"audit", "canary"},
      {"audit", "--limit", "0"},
      {"audit", "--limit", "ten"},
      {"audit", "--user"},
      {"doctor"},
      {"doctor", "http://localhost", "canary"},
      {"health", "canary"},
      {"health", "--url"},
      {"secret", "canary"},
  }));
  Machine machine;
  const Ran result = machine.run(arguments);
  INFO(result.err);
  CHECK(result.exitCode == ExitCode::misused);
  CHECK(result.out.empty());
  CHECK(result.err.starts_with("auth-server: "));
  CHECK(contains(result.err, "auth-server --help"));
  CHECK_FALSE(contains(result.err, "canary"));
  CHECK_FALSE(machine.hasDatabase());
  CHECK(machine.serverRuns() == 0);
}

TEST_CASE("the server is run by serve, and without any command") {
  Machine machine;
  CHECK(machine.run({}).exitCode == ExitCode::done);
  CHECK(machine.run({"serve"}).exitCode == ExitCode::done);
  CHECK(machine.run({"serve", "--log-level", "debug", "--bcrypt_rounds=11"}).exitCode == ExitCode::done);
  CHECK(machine.serverRuns() == 3);
}

TEST_CASE("a bad value on the command line is told like one in the file, with exit code 1") {
  Machine machine;
  const Ran result = machine.run({"serve", "--bcrypt_rounds", "9"});
  CHECK(result.exitCode == ExitCode::failed);
  CHECK(result.err ==
        "auth-server: option --bcrypt_rounds: bcrypt_rounds: \"9\" is too small (allowed: a whole number "
        "from 10 to "
        "15)\n");
  CHECK(machine.serverRuns() == 0);
}

TEST_CASE("help and version go to standard output, and need no good configuration") {
  Machine machine;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"user", "--help"}, {"version"}, {"secret"}}) {
    auto broken = arguments;
    broken.insert(broken.begin(), {"--workers", "canary"});
    const Ran result = machine.run(broken);
    CHECK(result.exitCode == ExitCode::done);
    CHECK_FALSE(result.out.empty());
    CHECK(result.err.empty());
  }
  const Ran help = machine.run({"--help"});
  CHECK(contains(help.out, "--refresh_reuse_window_seconds"));
  CHECK_FALSE(contains(help.out, "--jwt_secret "));
  CHECK(machine.run({"version"}).out.starts_with("auth-server " AUTH_SERVER_VERSION " ("));
  const std::string secret = machine.run({"secret"}).out;
  CHECK(secret != machine.run({"secret"}).out);
  CHECK_FALSE(weaknessOf(std::string_view(secret).substr(0, secret.size() - 1)));
}

TEST_CASE("version --json names the build and every library that it uses") {
  picojson::value told;
  REQUIRE(picojson::parse(told, Machine().run({"version", "--json"}).out).empty());
  CHECK(told.get("version").get<std::string>() == AUTH_SERVER_VERSION);
  for (const char* key : {"commit", "build", "compiler"}) {
    INFO(key);
    CHECK_FALSE(told.get(key).get<std::string>().empty());
  }
  for (const char* library :
       {"cpp-httplib", "picojson", "CLI11", "SQLite", "SQLiteCpp", "OpenSSL", "libcrypt"}) {
    INFO(library);
    REQUIRE(told.get("libraries").contains(library));
    CHECK_FALSE(told.get("libraries").get(library).get<std::string>().empty());
  }
}

TEST_CASE("looking for something where there is no database is an error, and makes none") {
  const auto arguments = GENERATE(values<std::vector<std::string>>({{"user", "list"},
                                                                    {"user", "passwd", alice},
                                                                    {"session", "list", alice},
                                                                    {"session", "terminate", "--all"},
                                                                    {"token", "mint", "--user", alice},
                                                                    {"token", "inspect"},
                                                                    {"audit"},
                                                                    {"backup", "copy.db"}}));
  Machine machine;
  const Ran result = machine.run(arguments, "input\n");
  CHECK(result.exitCode == ExitCode::failed);
  CHECK(contains(result.err, "there is no database"));
  CHECK_FALSE(machine.hasDatabase());
}

TEST_CASE("a user is added with a password from the pipe, listed, and can sign in") {
  Machine machine;
  const Ran added =
      machine.run({"user", "add", "Alice@Example.com", "--name", "Alice"}, password + "\nmore\n");
  CHECK(added.exitCode == ExitCode::done);
  CHECK(added.err == "added alice@example.com\n");
  CHECK(machine.canLogIn());

  const Ran table = machine.run({"user", "list"});
  CHECK(table.exitCode == ExitCode::done);
  CHECK(table.out.starts_with("EMAIL              NAME   ID "));
  CHECK(contains(table.out, "\nalice@example.com  Alice  " + added.out.substr(0, added.out.size() - 1)));
  CHECK(contains(table.out, " active\n"));

  const Ran json = machine.run({"user", "list", "--json"});
  CHECK(member(json.out, "id") + "\n" == added.out);
  CHECK(member(json.out, "email") == alice);
  CHECK(member(json.out, "name") == "Alice");
  CHECK(contains(json.out, "\"disabledAt\":null}]}\n"));
  CHECK_FALSE(contains(json.out + table.out, "$2b$"));
}

TEST_CASE("a refused user is told why, and is not added") {
  Machine machine;
  machine.addAlice();
  const auto [email, input, reason] = GENERATE(table<std::string, std::string, std::string>({
      {alice, "tangerine dream 43\n", ""},
      {"nobody", "tangerine dream 43\n", "email: "},
      {"bob@example.com", "short\n", "password: "},
      {"bob@example.com", "password\n", "password: "},
      {"bob@example.com", "", "nothing on standard input"},
      {"bob@example.com", std::string(20'000, 'x'), "too long"},
  }));
  const Ran result = machine.run({"user", "add", email}, input);
  INFO(result.err);
  CHECK(result.exitCode == ExitCode::failed);
  CHECK(contains(result.err, reason));
  CHECK_FALSE(contains(result.err, "tangerine"));
  CHECK(result.out.empty());
  CHECK_FALSE(contains(machine.run({"user", "list"}).out, "bob"));
}

TEST_CASE("a new password replaces the old one and ends the sessions") {
  Machine machine;
  machine.addAlice();
  const SignIn before = machine.open()->accounts().login(alice, password, {});
  const Ran result = machine.run({"user", "passwd", alice}, "marmalade skies 43\n");
  CHECK(result.exitCode == ExitCode::done);
  CHECK(result.out.empty());
  CHECK_FALSE(machine.canLogIn());
  CHECK(machine.canLogIn("marmalade skies 43"));
  CHECK_THROWS_AS(machine.open()->engine().authenticate(before.tokens.accessToken), SessionError);
}

TEST_CASE("a refused new password is told why, and the old one stays") {
  Machine machine;
  machine.addAlice();
  const auto [input, reason] = GENERATE(table<std::string, std::string>({
      {"short\n", "too short"},
      {"password1\n", "everybody tries first"},
      {"Alice@Example.com\n", "taken from the e-mail"},
      {std::string(73, 'x') + "\n", "72 bytes"},
  }));
  const Ran result = machine.run({"user", "passwd", alice}, input);
  INFO(result.err);
  CHECK(result.exitCode == ExitCode::failed);
  CHECK(contains(result.err, reason));
  CHECK(machine.canLogIn());
}

TEST_CASE("a disabled user cannot sign in until enabled, and a deleted one never again") {
  Machine machine;
  machine.addAlice();
  CHECK(machine.run({"user", "disable", alice}).err == "disabled, all sessions ended: alice@example.com\n");
  CHECK_FALSE(machine.canLogIn());
  CHECK(contains(machine.run({"user", "list"}).out, " disabled\n"));
  CHECK(machine.run({"user", "enable", alice}).exitCode == ExitCode::done);
  CHECK(machine.canLogIn());
  CHECK(machine.run({"user", "delete", alice}).exitCode == ExitCode::done);
  CHECK_FALSE(machine.canLogIn());
  CHECK(machine.run({"user", "delete", alice}).exitCode == ExitCode::failed);
}

TEST_CASE("at a keyboard deleting is asked about, and a new password is typed twice") {
  Machine machine;
  machine.addAlice();
  const Ran kept = machine.run({"user", "delete", alice}, "n\n", Input::typed);
  CHECK(kept.exitCode == ExitCode::failed);
  CHECK(kept.err == "Delete alice@example.com and all their sessions? [y/N] nothing was changed\n");
  CHECK(machine.canLogIn());

  const Ran differing =
      machine.run({"user", "passwd", alice}, "marmalade skies 43\nmarmalade\n", Input::typed);
  CHECK(differing.exitCode == ExitCode::failed);
  CHECK(contains(differing.err, "the two passwords differ"));
  CHECK(machine.canLogIn());

  CHECK(machine.run({"user", "delete", alice, "--yes"}, "", Input::typed).exitCode == ExitCode::done);
  CHECK_FALSE(machine.canLogIn());
}

TEST_CASE("sessions are listed without obeying what clients sent, and ended one by one or all") {
  Machine machine;
  machine.addAlice();
  REQUIRE(machine.run({"user", "add", "bob@example.com"}, password + "\n").exitCode == ExitCode::done);
  const auto logIn = [&](const std::string& email) {
    return machine.open()
        ->accounts()
        .login(email, password, {"203.0.113.7\x1b[2J", "gadget\x1b[31m"})
        .session.id.str();
  };
  const std::string first = logIn(alice);
  const std::string second = logIn(alice);
  const std::string bobs = logIn("bob@example.com");

  const Ran table = machine.run({"session", "list", alice});
  CHECK(contains(table.out, first));
  CHECK(contains(table.out, second));
  CHECK_FALSE(contains(table.out, bobs));
  CHECK(contains(table.out, "gadget\\x1b[31m"));
  CHECK(contains(table.out, "203.0.113.7\\x1b[2J"));
  CHECK(contains(machine.run({"session", "list", alice, "--json"}).out, "\"id\":\"" + second + "\""));

  SECTION("one") {
    CHECK(machine.run({"session", "terminate", "--", first}).err == "ended 1 session\n");
    CHECK_FALSE(contains(machine.run({"session", "list", alice}).out, first));
    CHECK(contains(machine.run({"session", "list", alice}).out, second));
    CHECK(machine.run({"session", "terminate", "--", first}).exitCode == ExitCode::failed);
  }
  SECTION("all of one user") {
    CHECK(machine.run({"session", "terminate", "--user", alice, "--all"}).err == "ended 2 sessions\n");
    CHECK(contains(machine.run({"session", "list", "bob@example.com"}).out, bobs));
  }
  SECTION("all of everybody") {
    CHECK(machine.run({"session", "terminate", "--all"}, "no\n", Input::typed).exitCode == ExitCode::failed);
    CHECK(machine.run({"session", "terminate", "--all"}).err == "ended 3 sessions\n");
    CHECK_FALSE(contains(machine.run({"session", "list", "bob@example.com"}).out, bobs));
  }
}

TEST_CASE("the audit log shows what happened, the newest last, of everybody or of one") {
  Machine machine;
  machine.addAlice();
  REQUIRE(machine.run({"user", "add", "bob@example.com"}, password + "\n").exitCode == ExitCode::done);
  machine.open()->accounts().login(alice, password, {"203.0.113.7\x1b[2J", "gadget\x1b[31m"});
  CHECK_FALSE(machine.canLogIn("wrong horse battery"));
  CHECK_THROWS_AS(machine.open()->accounts().login("nobody@example.com", password, {}), AccountError);
  machine.run({"token", "mint", "--user", alice});
  machine.run({"session", "terminate", "--user", alice, "--all"});
  machine.run({"user", "disable", alice});
  machine.run({"user", "enable", alice});
  machine.run({"user", "passwd", alice}, "marmalade skies 43\n");

  machine.open()->database().write([](Writer& writer) {
    writer.audit().insert({{}, "LOGIN_FAILED", {}, {}, {"", "17 more for unknown accounts"}});
  });

  const std::string aliceId = member(machine.run({"user", "list", "--json"}).out, "id");
  const Ran table = machine.run({"audit"});
  CHECK(table.exitCode == ExitCode::done);
  CHECK(table.err.empty());
  CHECK(events(table.out) ==
        "LOGIN_FAILED USER_ADDED USER_ADDED LOGIN_SUCCEEDED LOGIN_FAILED LOGIN_FAILED LOGIN_SUCCEEDED "
        "SESSION_TERMINATED SESSION_TERMINATED SESSION_TERMINATED USER_DISABLED USER_ENABLED "
        "PASSWORD_CHANGED ");
  CHECK(contains(table.out, " bob@example.com "));
  CHECK(contains(table.out, "203.0.113.7\\x1b[2J"));
  CHECK(contains(table.out, "gadget\\x1b[31m"));
  CHECK(contains(table.out, "17 more for unknown accounts"));
  CHECK(contains(table.out, "auth-server token mint"));
  CHECK(contains(table.out, "auth-server session terminate"));

  CHECK(events(machine.run({"audit", "--limit", "2"}).out) == "USER_ENABLED PASSWORD_CHANGED ");
  CHECK(events(machine.run({"audit", "--user", "bob@example.com"}).out) == "USER_ADDED ");
  const Ran json = machine.run({"audit", "--user", "Alice@example.com", "--limit", "1", "--json"});
  CHECK(member(json.out, "event") == "PASSWORD_CHANGED");
  CHECK(member(json.out, "email") == alice);
  CHECK(member(json.out, "userId") == aliceId);
  CHECK(contains(json.out, "\"sessionId\":null,\"ipAddress\":\"\""));
  CHECK(machine.run({"audit", "--user", "nobody@example.com"}).exitCode == ExitCode::failed);

  machine.run({"user", "delete", alice});
  CHECK(machine.run({"audit", "--user", alice}).exitCode == ExitCode::failed);
  const Ran afterwards = machine.run({"audit", "--user", aliceId, "--limit", "1", "--json"});
  CHECK(member(afterwards.out, "event") == "USER_DELETED");
  CHECK(contains(afterwards.out, "\"email\":null"));
}

TEST_CASE("what commands do is told in the server's log, once and in order") {
  Machine machine;
  machine.addAlice();
  std::string logged;
  Log log(
      LogLevel::info, LogFormat::text, [] { return std::chrono::system_clock::time_point{}; },
      [&](std::string_view line) { logged += line.substr(line.find("info ")); });
  const auto open = machine.open();
  CommandLog commands(open->database(), log);
  commands.writeNew();
  CHECK(logged.empty());

  open->accounts().login(alice, password, {"203.0.113.7", "not a command"});
  machine.run({"user", "disable", alice});
  machine.run({"user", "enable", alice});
  machine.run({"token", "mint", "--user", alice});
  // The count of strangers' failures: no command either.
  open->database().write([](Writer& writer) {
    writer.audit().insert({{}, "LOGIN_FAILED", {}, {}, {"", "17 more for unknown accounts"}});
  });
  commands.writeNew();
  commands.writeNew();
  const std::string id = open->accounts().getUserByEmail(alice).id.str();
  const std::string start = "info command_carried_out act=";
  CHECK(logged.starts_with(start + "USER_DISABLED user=" + id + " session=\"\" command=\"\"\n" + start +
                           "USER_ENABLED user=" + id + " session=\"\" command=\"\"\n" + start +
                           "LOGIN_SUCCEEDED user=" + id + " session="));
  CHECK(logged.ends_with(" command=\"auth-server token mint\"\n"));
  CHECK(std::count(logged.begin(), logged.end(), '\n') == 3);
}

TEST_CASE("a minted token is a real one") {
  Machine machine;
  machine.addAlice();
  const Ran plain = machine.run({"token", "mint", "--user", alice});
  CHECK(plain.exitCode == ExitCode::done);
  CHECK_NOTHROW(
      machine.open()->engine().authenticate(std::string_view(plain.out).substr(0, plain.out.size() - 1)));
  const Ran json = machine.run({"token", "mint", "--user", alice, "--json"});
  CHECK(machine.open()->engine().authenticate(member(json.out, "accessToken")).sessionId.str() ==
        member(json.out, "sessionId"));
  CHECK_NOTHROW(machine.open()->engine().rotateRefreshToken(member(json.out, "refreshToken")));
  CHECK(contains(json.out, "\"expiresIn\":900,"));
  const Ran unknown = machine.run({"token", "mint", "--user", "nobody@example.com"});
  CHECK(unknown.exitCode == ExitCode::failed);
  CHECK(unknown.err == "auth-server: there is no user nobody@example.com\n");
}

TEST_CASE("an inspected token is explained, used up by nothing, and not repeated") {
  Machine machine;
  machine.addAlice();
  const std::string minted = machine.run({"token", "mint", "--user", alice, "--json"}).out;
  const std::string access = member(minted, "accessToken");
  const std::string refresh = member(minted, "refreshToken");
  const auto inspect = [&](const std::string& token) {
    return machine.run({"token", "inspect"}, token + "\n");
  };

  const Ran good = inspect(access);
  CHECK(good.exitCode == ExitCode::done);
  CHECK(contains(good.out, "accepted    yes\n"));
  CHECK(contains(good.out, "sessionId   " + member(minted, "sessionId")));
  CHECK(contains(good.out, "session     alive\n"));
  CHECK_FALSE(contains(good.out, access.substr(access.rfind('.') + 1)));
  CHECK(inspect(refresh).exitCode == ExitCode::done);
  CHECK(inspect(refresh).exitCode == ExitCode::done);
  CHECK_FALSE(contains(inspect(refresh).out, refresh.substr(30)));

  const Ran forged = inspect(access.substr(0, access.rfind('.') + 1) + std::string(43, 'A'));
  CHECK(forged.exitCode == ExitCode::failed);
  CHECK(contains(forged.out, "code        TOKEN_INVALID\n"));
  CHECK(contains(forged.out, "sessionId   " + member(minted, "sessionId")));
  CHECK(inspect("nonsense").exitCode == ExitCode::failed);
  CHECK(inspect("a.b.c").exitCode == ExitCode::failed);

  machine.run({"session", "terminate", "--", member(minted, "sessionId")});
  const Ran ended = machine.run({"token", "inspect", "--json"}, access + "\n");
  CHECK(ended.exitCode == ExitCode::failed);
  CHECK(member(ended.out, "code") == "SESSION_TERMINATED");
  CHECK(member(ended.out, "session").starts_with("ended "));
  CHECK(contains(inspect(refresh).out, "TOKEN_INVALID"));
}

TEST_CASE("a backup is a database of its own, and replaces no file") {
  Machine machine;
  machine.addAlice();
  const std::string copy = machine.file("copy.db");
  CHECK(machine.run({"backup", copy}).exitCode == ExitCode::done);
  store::SqliteOptions options;
  options.path = copy;
  std::optional<User> user;
  store::SqliteDatabase(options).read([&](Reader& reader) { user = reader.users().findByEmail(alice); });
  CHECK(user.has_value());
  CHECK(machine.run({"backup", copy}).exitCode == ExitCode::failed);
}

TEST_CASE("check-config prints what is in force and where it comes from, and makes nothing") {
  Machine machine;
  const Ran table = machine.run({"check-config", "--workers", "3"});
  CHECK(table.exitCode == ExitCode::done);
  CHECK(contains(table.out, "\nworkers                       3"));
  CHECK(contains(table.out, " option --workers\n"));
  CHECK(contains(table.out, machine.file("auth.db") + " "));
  CHECK(table.err == "the configuration is good\n");
  const Ran json = machine.run({"check-config", "--json"});
  CHECK(contains(json.out, R"({"key":"log_level","value":"info","from":"default","changes":"SIGHUP"})"));
  CHECK_FALSE(machine.hasDatabase());
  CHECK_FALSE(std::ifstream(machine.file("auth.db.secret")).good());
  CHECK(machine.run({"check-config", "--jwt_secret_file", machine.file("missing")}).exitCode ==
        ExitCode::failed);
}
