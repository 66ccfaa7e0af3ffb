#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "tests/support/temporary_directory.h"
#include "web/api/change_watch.h"
#include "web/cli/program.h"
#include "web/cli/terminal.h"
#include "web/serve/instance_lock.h"
#include "web/serve/process.h"
#include "web/serve/signals.h"
#include "web/serve/start_notices.h"

using namespace glitch_protocol;
using namespace glitch_protocol::web;
using namespace std::chrono_literals;

TEST_CASE("text for a terminal stays on its line and commands nothing") {
  const auto [text, shown] = GENERATE(table<std::string, std::string>({
      {"", ""},
      {"Zoë Ångström 太郎", "Zoë Ångström 太郎"},
      {"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
      {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},
      {std::string("a\0b", 3), "a\\x00b"},
      {"\x7f", "\\x7f"},
      {"\xc2\x9b"
       "31m",
       "\\u{009b}31m"},
      {"abc\xe2\x80\xae"
       "def",
       "abc\\u{202e}def"},
      {"\xe2\x80\x8b", "\\u{200b}"},
      {"\xef\xbb\xbf", "\\u{feff}"},
      {"caf\xe9", "caf\\xe9"},
      {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
  }));
  CHECK(printable(text) == shown);
}

TEST_CASE("the columns of a table are aligned by characters, not bytes") {
  CHECK(formatTable({{"NAME", "ID"}, {"Zoë", "1"}, {"Bartholomew", "2"}}) ==
        "NAME         ID\nZoë          1\nBartholomew  2\n");
  CHECK(formatTable({{"A", "B"}, {"x\n", ""}}) == "A      B\nx\\x0a  \n");
}

TEST_CASE("one server to a database, by whatever name") {
  const TemporaryDirectory directory;
  const std::string database = directory.file("auth.db");
  std::ofstream(database) << "a database";
  std::filesystem::create_symlink(database, directory.file("link.db"));
  {
    const InstanceLock held(database);
    for (const std::string& name : {database, directory.file("link.db"), directory.file("./auth.db")}) {
      std::string reason;
      try {
        const InstanceLock second(name);
      } catch (const std::runtime_error& refused) {
        reason = refused.what();
      }
      INFO(name);
      CHECK(reason.find("another auth-server (process " + std::to_string(::getpid()) + ")") !=
            std::string::npos);
    }
    CHECK_NOTHROW(InstanceLock(directory.file("other.db")));
  }
  CHECK_NOTHROW(InstanceLock(database));
  CHECK_THROWS_AS(InstanceLock(directory.file("missing/auth.db")), std::runtime_error);
}

TEST_CASE("a change is accepted once, and again after accepting it has failed") {
  std::uint64_t count = 7;
  int accepted = 0;
  bool failing = false;
  ChangeWatch watch([&] { return count; },
                    [&] {
                      if (failing) throw std::runtime_error("the store is away");
                      ++accepted;
                    });
  watch.poll();
  CHECK(accepted == 0);
  count = 8;
  watch.poll();
  watch.poll();
  CHECK(accepted == 1);

  count = 9;
  failing = true;
  CHECK_THROWS_AS(watch.poll(), std::runtime_error);
  failing = false;
  watch.poll();
  watch.poll();
  CHECK(accepted == 2);
}

TEST_CASE("signals wait to be fetched") {
  Signals signals;
  CHECK_FALSE(signals.wait(0ms));
  for (const auto& [number, meaning] :
       {std::pair{SIGTERM, Signal::stop}, {SIGINT, Signal::stop}, {SIGHUP, Signal::reload}}) {
    ::raise(number);
    CHECK(signals.wait(0ms) == meaning);
    CHECK_FALSE(signals.wait(0ms));
  }
}

TEST_CASE("secrets are taken out of the environment that others may see") {
  std::vector<std::string> memory{"HOME=/root", "AUTH_JWT_SECRET=canary", "AUTH_WORKERS=2",
                                  "AUTH_JWT_PREVIOUS_SECRETS=canary", "AUTH_JWT_SECRET_FILE=name"};
  std::vector<char*> environment;
  for (std::string& variable : memory) environment.push_back(variable.data());
  environment.push_back(nullptr);
  const std::vector<std::string> before = memory;
  CHECK(takeEnvironment(environment.data()) == before);
  CHECK(memory[0] == before[0]);
  CHECK(memory[1] == "AUTH_JWT_SECRET=" + std::string(6, '\0'));
  CHECK(memory[2] == before[2]);
  CHECK(memory[3] == "AUTH_JWT_PREVIOUS_SECRETS=" + std::string(6, '\0'));
  CHECK(memory[4] == before[4]);
}

TEST_CASE("the line about listening names every address as a URL") {
  Config config;
  CHECK(listeningLine(config, {"127.0.0.1:41233", "[::1]:8080", "unix:/run/auth.sock"}) ==
        "auth-server listens on http://127.0.0.1:41233, http://[::1]:8080, unix:/run/auth.sock");
  config.tlsCertificate = "cert.pem";
  CHECK(listeningLine(config, {"0.0.0.0:8443"}) == "auth-server listens on https://0.0.0.0:8443");
}

TEST_CASE("the start warns of what is for development only") {
  std::string lines;
  Log log(
      LogLevel::warning, LogFormat::text, [] { return std::chrono::system_clock::time_point{}; },
      [&](std::string_view line) { lines += line; });
  LoadedConfig loaded;
  logStart(log, loaded, {{"127.0.0.1:8080"}, 1000, CoreDumps::off});
  CHECK(lines.empty());
  loaded.config.cookieSecure = SecureCookie::no;
  loaded.config.rateLimiting = RateLimiting::off;
  loaded.warnings = {"something"};
  logStart(log, loaded, {{"127.0.0.1:8080"}, 1000, CoreDumps::on});
  CHECK(lines.find("cookie_secure = false") != std::string::npos);
  CHECK(lines.find("rate_limits = off") != std::string::npos);
  CHECK(lines.find("something") != std::string::npos);
  CHECK(lines.find("warning core_dumps_on ") != std::string::npos);
}

TEST_CASE("the start warns, in one line each, of what outsiders can reach or claim") {
  struct Row {
    std::vector<std::string> addresses;
    uid_t user;
    std::string certificate;
    Registration registration;
    std::vector<std::string> proxies;
    std::string warnings;
  };
  const auto closed = Registration::closed;
  const auto open = Registration::open;
  const auto row = GENERATE_COPY(values<Row>({
      {{"127.0.0.1:8080", "127.8.9.10:1", "[::1]:8080", "unix:/run/a.sock"}, 1000, "", closed, {}, ""},
      {{"0.0.0.0:8080"}, 1000, "", closed, {}, "listening_unencrypted "},
      {{"[::]:8080"}, 1000, "", closed, {}, "listening_unencrypted "},
      {{"[::ffff:0.0.0.0]:8080"}, 1000, "", closed, {}, "listening_unencrypted "},
      {{"127.0.0.1:8080", "192.0.2.1:80", "[2001:db8::1]:80"},
       1000,
       "",
       closed,
       {},
       "listening_unencrypted "},
      {{"0.0.0.0:8080", "[::]:8080"}, 1000, "cert.pem", closed, {}, ""},
      {{"127.0.0.1:8080", "127.0.0.1:8081"}, 0, "", closed, {}, "running_as_root "},
      {{"0.0.0.0:80"}, 0, "", closed, {}, "listening_unencrypted running_as_root "},
      {{"0.0.0.0:443"}, 0, "cert.pem", closed, {}, "running_as_root "},
      {{"unix:/run/auth.sock", "unix:"}, 0, "", closed, {}, ""},
      {{"127.0.0.1:8080"}, 1000, "", open, {}, ""},
      {{"127.0.0.1:8080"}, 1000, "", closed, {"127.0.0.1"}, ""},
      {{"127.0.0.1:8080"}, 1000, "", open, {"127.0.0.1"}, "emails_not_verified "},
      {{"127.0.0.1:8080"}, 1000, "", open, {"unix"}, "emails_not_verified "},
  }));
  std::string lines;
  std::string warnings;
  Log log(
      LogLevel::warning, LogFormat::text, [] { return std::chrono::system_clock::time_point{}; },
      [&](std::string_view line) {
        lines += line;
        line.remove_prefix(line.find("warning ") + 8);
        warnings.append(line.substr(0, line.find(' '))).append(" ");
      });
  LoadedConfig loaded;
  loaded.config.tlsCertificate = row.certificate;
  loaded.config.accounts.registration = row.registration;
  loaded.config.trustedProxies = TrustedProxies::parse(row.proxies);
  logStart(log, loaded, {row.addresses, row.user, CoreDumps::off});
  INFO(lines);
  CHECK(warnings == row.warnings);
}

TEST_CASE("data that cannot be written is a failure") {
  std::istringstream in;
  std::ostringstream out, err;
  out.setstate(std::ios::badbit);
  Terminal terminal{in, out, err, Input::piped};
  CHECK(runProgram({"secret"}, {}, terminal, {}) == ExitCode::failed);
  CHECK(err.str() == "auth-server: cannot write to standard output\n");
}
