#include "web/serve/config_reload.h"

#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/catch.h"
#include "tests/support/messages.h"
#include "tests/support/temporary_directory.h"
#include "web/config/settings.h"

namespace glitch_protocol::web {
namespace {

const std::string goodSecret = "q7Zt1vXw0cR5yN8mKd3LbP6hGs2JfA9uEoTiYxVzWnQ4";
const std::string otherSecret = "M4sB8nR2wK6vF0xT9cJ5hQ1zL7dG3pYyUeIaOoXrWtNf";

/// A server's configuration that changes while it runs. *One thread at a time.*
class Running {
 public:
  explicit Running(std::string_view text, const std::vector<std::string>& environment = {},
                   const std::vector<Assignment>& options = {})
      : started_((write(text), loadConfig({file_, environment, options}))) {}

  /// What is logged when the file has this text: without the time.
  std::string reload(std::string_view text) {
    write(text);
    logged_.clear();
    reload_.run();
    return logged_;
  }
  const Config& applied() const { return applied_.back(); }
  std::size_t times() const { return applied_.size(); }

 private:
  void write(std::string_view text) {
    std::ofstream(file_) << text;
    ::chmod(file_.c_str(), 0600);
  }

  TemporaryDirectory directory_;
  const std::string file_ = directory_.file("auth.conf");
  const LoadedConfig started_;
  std::string logged_;
  Log log_{LogLevel::debug, LogFormat::text, [] { return std::chrono::system_clock::time_point{}; },
           [this](std::string_view line) { logged_ += line.substr(line.find(' ') + 1); }};
  std::vector<Config> applied_;
  ConfigReload reload_{started_, [this](const Config& fresh) { applied_.push_back(fresh); }, log_};
};

}  // namespace

TEST_CASE("a reload applies what can change, and names what waits for a restart until it is taken back") {
  Running server("log_level = info\n");
  CHECK(server.reload("log_level = info\n") == "info configuration_reloaded settings=\"\"\n");
  CHECK(server.reload("log_level = debug\nregistration = closed\nworkers = 3\nlisten = 127.0.0.1:1\n") ==
        "info configuration_reloaded settings=registration,log_level\n"
        "warning restart_needed settings=listen,workers\n");
  CHECK(server.applied().logLevel == LogLevel::debug);
  CHECK(server.applied().accounts.registration == Registration::closed);
  CHECK(server.reload("log_level = debug\nworkers = 3\n") ==
        "info configuration_reloaded settings=registration\n"
        "warning restart_needed settings=workers\n");
  CHECK(server.reload("") == "info configuration_reloaded settings=log_level\n");
}

TEST_CASE("a configuration that is refused changes nothing") {
  Running server("log_level = info\n");
  const std::string logged = server.reload("log_level = debug\nworkers = canary\n");
  CHECK(logged.starts_with("error configuration_kept reason="));
  CHECK(contains(logged, "auth.conf:2: workers: "));
  CHECK(server.times() == 0);
  CHECK(server.reload("log_level = debug\n") == "info configuration_reloaded settings=log_level\n");
}

TEST_CASE("a changed secret is named, and not logged") {
  Running server("jwt_secret = " + goodSecret + "\n");
  CHECK(server.reload("jwt_secret = " + goodSecret + "\n") == "info configuration_reloaded settings=\"\"\n");
  CHECK(server.reload("jwt_secret = " + otherSecret + "\njwt_previous_secrets = " + goodSecret + "\n") ==
        "info configuration_reloaded settings=\"\"\n"
        "warning restart_needed settings=jwt_secret,jwt_previous_secrets\n");
  CHECK(server.reload("") ==
        "info configuration_reloaded settings=\"\"\n"
        "warning restart_needed settings=jwt_secret\n");
}

TEST_CASE("environment and options still override the file") {
  Running server("jwt_secret = " + otherSecret + "\n",
                 {"AUTH_JWT_SECRET=" + goodSecret, "AUTH_WORKERS=2", "AUTH_JWT_PREVIOUS_SECRETS=none"},
                 {{"log_level", "warning", "option --log_level"}});
  CHECK(server.reload("log_level = debug\nworkers = 7\n") == "info configuration_reloaded settings=\"\"\n");
  CHECK(server.applied().logLevel == LogLevel::warning);
  CHECK(server.applied().engine.jwtSecret.view() == goodSecret);
  CHECK(contains(server.reload("jwt_secret_file = x\n"), "only one of the two may be set"));
}

TEST_CASE("of a secret in the environment the sources keep only the name") {
  const LoadedConfig loaded = loadConfig({{}, {"AUTH_JWT_SECRET=" + goodSecret, "HOME=/root"}, {}});
  CHECK(loaded.sources.environment == std::vector<std::string>{"AUTH_JWT_SECRET"});
}

TEST_CASE("every secret setting can be compared") {
  for (const Setting& setting : settings()) {
    INFO(setting.key);
    CHECK((setting.sensitivity == Sensitivity::secret) == (setting.secretOf != nullptr));
  }
}

}  // namespace glitch_protocol::web
