#include "web/config/config.h"

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine_config.h"
#include "engine/random.h"
#include "tests/catch.h"
#include "tests/support/messages.h"
#include "tests/support/temporary_directory.h"
#include "web/config/jwt_secret.h"
#include "web/config/settings.h"
#include "web/config/tls_files.h"

using namespace glitch_protocol;
using namespace glitch_protocol::web;

namespace {

const std::string goodSecret = "q7Zt1vXw0cR5yN8mKd3LbP6hGs2JfA9uEoTiYxVzWnQ4";
const std::string otherSecret = "M4sB8nR2wK6vF0xT9cJ5hQ1zL7dG3pYyUeIaOoXrWtNf";

/// A directory with a configuration in it, whose relative names are not those of the working directory.
class Site {
 public:
  std::string write(const std::string& name, std::string_view text, mode_t mode = 0600) const {
    const std::string path = directory_.file(name);
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  std::string file(const std::string& name) const { return directory_.file(name); }

  /// What is loaded from this text as the only source, apart from what is given beside it.
  LoadedConfig load(std::string_view text, std::vector<std::string> environment = {},
                    std::vector<Assignment> options = {}) const {
    return loadConfig({write("auth.conf", text), std::move(environment), std::move(options)});
  }

 private:
  TemporaryDirectory directory_;
};

std::vector<std::string> errorsOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigError& refused) {
    return refused.errors();
  }
  return {};
}

std::string errorOf(const std::function<void()>& action) {
  const std::vector<std::string> errors = errorsOf(action);
  return errors.size() == 1 ? errors.front() : std::to_string(errors.size()) + " errors";
}

std::string readText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("without any configuration the documented defaults are in force") {
  const Config config = Site().load("").config;
  const EngineConfig engine;
  CHECK(config.listen == std::vector<std::string>{"127.0.0.1:8080"});
  CHECK(config.database == "auth.db");
  CHECK(config.engine.accessTokenExpiryMinutes == engine.accessTokenExpiryMinutes);
  CHECK(config.engine.refreshTokenExpiryDays == engine.refreshTokenExpiryDays);
  CHECK(config.engine.bcryptRounds == engine.bcryptRounds);
  CHECK(config.engine.refreshReuseWindowSeconds == engine.refreshReuseWindowSeconds);
  CHECK(config.engine.reuseScope == engine.reuseScope);
  CHECK(config.engine.sessionAbsoluteDays == engine.sessionAbsoluteDays);
  CHECK(config.engine.maxSessionsPerUser == engine.maxSessionsPerUser);
  CHECK(config.engine.jwtSecret.empty());
  CHECK(config.accounts.registration == Registration::open);
  CHECK(config.accounts.passwordRules.minLength == PasswordRules{}.minLength);
  CHECK(config.allowedOrigins.empty());
  CHECK(config.trustedProxies.empty());
  CHECK(config.cookieName == "refreshToken");
  CHECK(config.cookieSecure == SecureCookie::yes);
  CHECK(config.cleanupInterval == std::chrono::minutes{15});
  CHECK(config.tlsCertificate.empty());
  CHECK(config.maxConnections == 10'000);
  CHECK(config.maxConnectionsPerAddress == 0);
  CHECK(config.connectionMemory == 64 * 1024 * 1024);
  CHECK(config.maxStreamsPerUser == 20);
  CHECK(config.workers == 0);
  CHECK(config.rateLimiting == RateLimiting::on);
  CHECK(config.rateLimits.failures == RateLimit{10, std::chrono::minutes{5}});
  CHECK(config.rateLimits.logins == RateLimit{60, std::chrono::minutes{1}});
  CHECK(config.rateLimits.account == RateLimit{100, std::chrono::hours{1}});
  CHECK(config.rateLimits.registrations == RateLimit{20, std::chrono::hours{1}});
  CHECK(config.rateLimits.refreshes == RateLimit{60, std::chrono::minutes{1}});
  CHECK(config.logLevel == LogLevel::info);
  CHECK(config.logFormat == LogFormat::text);
}

TEST_CASE("every setting of the example stands there with its real default") {
  const auto example = std::filesystem::path(__FILE__).parent_path() / "../../../auth.conf.example";
  const std::string text = readText(example.string());
  REQUIRE_FALSE(text.empty());
  const LoadedConfig loaded = Site().load(text);
  REQUIRE(loaded.values.size() == settings().size());
  for (std::size_t i = 0; i < settings().size(); ++i) {
    INFO(settings()[i].key);
    CHECK(loaded.values[i].origin != "default");
    CHECK(loaded.values[i].value == settings()[i].defaultValue);
  }
}

TEST_CASE("what the settings allow at their ends, the engine accepts") {
  const auto [low, high] =
      GENERATE(std::pair<std::string, std::string>{"access_token_expiry_minutes=1", "=1440"},
               std::pair<std::string, std::string>{"refresh_token_expiry_days=1", "=400"},
               std::pair<std::string, std::string>{"bcrypt_rounds=10", "=15"},
               std::pair<std::string, std::string>{"refresh_reuse_window_seconds=0", "=300"},
               std::pair<std::string, std::string>{"session_absolute_days=0", "=3650"},
               std::pair<std::string, std::string>{"max_sessions_per_user=0", "=10000"});
  const std::string key = low.substr(0, low.find('='));
  for (const std::string& line : {low, key + high}) {
    INFO(line);
    CHECK_NOTHROW(validate(Site().load("jwt_secret = " + goodSecret + "\n" + line).config.engine));
  }
}

TEST_CASE("bytes are digits, in larger units if a letter says so") {
  const auto [text, bytes] = GENERATE(table<std::string, std::size_t>({{"1048576", 1048576},
                                                                       {"1024K", 1048576},
                                                                       {"1M", 1048576},
                                                                       {"1500K", 1536000},
                                                                       {"64G", std::size_t{64} << 30}}));
  INFO(text);
  CHECK(Site().load("connection_memory = " + text).config.connectionMemory == bytes);
}

TEST_CASE("a later source wins: default, file, environment, option") {
  const Site site;
  const auto portOf = [](const LoadedConfig& loaded) { return loaded.config.listen.front(); };
  const std::string file = "# the site\n\n listen\t= 127.0.0.1:1 \n";
  CHECK(portOf(site.load("")) == "127.0.0.1:8080");
  CHECK(portOf(site.load(file)) == "127.0.0.1:1");
  CHECK(portOf(site.load(file, {"AUTH_LISTEN=127.0.0.1:2"})) == "127.0.0.1:2");
  CHECK(portOf(site.load(file, {"AUTH_LISTEN=127.0.0.1:2"},
                         {{"listen", "127.0.0.1:3", "option --listen"}})) == "127.0.0.1:3");

  const LoadedConfig loaded =
      site.load(file, {"AUTH_LOG_LEVEL=debug"}, {{"workers", "3", "option --workers"}});
  CHECK(loaded.file == site.file("auth.conf"));
  CHECK(loaded.values.front().origin == site.file("auth.conf") + ":3");
  for (const Assignment& value : loaded.values) {
    CAPTURE(value.key);
    if (value.key == "log_level") CHECK(value.origin == "environment AUTH_LOG_LEVEL");
    if (value.key == "workers") CHECK(value.origin == "option --workers");
    if (value.key == "database") CHECK(value.origin == "default");
  }
}

TEST_CASE("an error in the file is told with file, line, key and reason") {
  struct Row {
    std::string text;
    std::string place;  ///< behind the file's name
    std::string reason;
  };
  const auto row = GENERATE(
      Row{"\xEF\xBB\xBFlisten = 127.0.0.1:1\n", ":1: ", "byte order mark"},
      Row{"log_level = info\r\n", ":1: ", "carriage return"},
      Row{"\nlog_level info\n", ":2: ", "key = value"}, Row{"# fine\n\n= info\n", ":3: ", "no key"},
      Row{"Log_Level = info\n", ":1: ", "lower-case"}, Row{"log level = info\n", ":1: ", "lower-case"},
      Row{"log_leve = info\n", ":1: there is no setting log_leve; is log_level meant?", ""},
      Row{"colour_of_the_sky = blue\n", ":1: there is no setting colour_of_the_sky", ""},
      Row{"log_level = info\nlog_level = info\n", ":2: log_level: ", "already set in line 1"},
      Row{"log_level =\n", ":1: log_level: ", "no value"},
      Row{"log_level =   \t \n", ":1: log_level: ", "no value"},
      Row{"log_level = \"info\"\n", ":1: log_level: ", "without quotes"},
      Row{"database = auth.db # mine\n", ":1: database: ", "line of its own"},
      Row{std::string("database = a\0b\n", 15), ":1: ", "control character"},
      Row{"database = a\x1b[2J\n", ":1: ", "control character"},
      Row{"database = a\xff\n", ":1: ", "not UTF-8"},
      Row{"bcrypt_rounds = 9\n", ":1: bcrypt_rounds: ", "too small (allowed: a whole number from 10 to 15)"},
      Row{"bcrypt_rounds = 16\n", ":1: bcrypt_rounds: ", "too large (allowed: a whole number from 10 to 15)"},
      Row{"bcrypt_rounds = 99999999999999999999\n", ":1: bcrypt_rounds: ", "too large"},
      Row{"bcrypt_rounds = -12\n", ":1: bcrypt_rounds: ", "negative"},
      Row{"bcrypt_rounds = 12.0\n", ":1: bcrypt_rounds: ", "not a whole number"},
      Row{"bcrypt_rounds = 0x0c\n", ":1: bcrypt_rounds: ", "not a whole number"},
      Row{"bcrypt_rounds = +12\n", ":1: bcrypt_rounds: ", "not a whole number"},
      Row{"reuse_scope = users\n", ":1: reuse_scope: ", "(allowed: user or session)"},
      Row{"registration = true\n", ":1: registration: ", "(allowed: open or closed)"},
      Row{"cookie_secure = yes\n", ":1: cookie_secure: ", "(allowed: true or false)"},
      Row{"log_level = verbose\n", ":1: log_level: ", "(allowed: debug, info, warning or error)"},
      Row{"core_dumps = yes\n", ":1: core_dumps: ", "(allowed: off or on)"},
      Row{"log_format = xml\n", ":1: log_format: ", "(allowed: text or json)"},
      Row{"database = :memory:\n", ":1: database: ", "for SQLite"},
      Row{"database = file:auth.db?mode=memory\n", ":1: database: ", "for SQLite"},
      Row{"database = data/\n", ":1: database: ", "directory"},
      Row{"password_min_length = 7\n", ":1: password_min_length: ", "too small"},
      Row{"password_min_length = 65\n", ":1: password_min_length: ", "too large"},
      Row{"max_connections = 0\n", ":1: max_connections: ", "too small"},
      Row{"max_connections_per_address = 0\n", ":1: max_connections_per_address: ", "too small"},
      Row{"max_connections_per_address = none\n", ":1: max_connections_per_address: ", "not a whole number"},
      Row{"connection_memory = 1048575\n", ":1: connection_memory: ", "too small"},
      Row{"connection_memory = 1023K\n", ":1: connection_memory: ", "too small"},
      Row{"connection_memory = 65G\n", ":1: connection_memory: ", "too large"},
      Row{"connection_memory = 99999999999999999999M\n", ":1: connection_memory: ", "too large"},
      Row{"connection_memory = 64MB\n", ":1: connection_memory: ", "not a whole number"},
      Row{"connection_memory = M\n", ":1: connection_memory: ", "not a whole number"},
      Row{"connection_memory = 64m\n", ":1: connection_memory: ", "not a whole number"},
      Row{"workers = many\n", ":1: workers: ", "not a whole number"},
      Row{"jwt_secret = changeme\n", ":1: jwt_secret: ", "auth-server secret"},
      Row{"jwt_previous_secrets = changeme\n", ":1: jwt_previous_secrets: ", "auth-server secret"});
  const Site site;
  const std::string error = errorOf([&] { site.load(row.text); });
  INFO(row.text << " -> " << error);
  CHECK(error.starts_with(site.file("auth.conf") + row.place));
  CHECK(contains(error, row.reason));
}

TEST_CASE("values that are no address, origin, proxy, name or limit are refused") {
  const auto [key, value] = GENERATE(table<std::string, std::string>({
      {"listen", "none"},
      {"listen", "8080"},
      {"listen", "localhost:8080"},
      {"listen", "127.0.0.1:"},
      {"listen", "127.0.0.1:65536"},
      {"listen", "::1:8080"},
      {"listen", "[127.0.0.1]:8080"},
      {"listen", "unix:auth.sock"},
      {"listen", "unix:/" + std::string(108, 'a')},
      {"listen", "127.0.0.1:1,,127.0.0.1:2"},
      {"listen", "127.0.0.1:1,127.0.0.1:1"},
      {"allowed_origins", "*"},
      {"allowed_origins", "null"},
      {"allowed_origins", "https://*.example.org"},
      {"allowed_origins", "https://example.org/"},
      {"allowed_origins", "https://example.org/app"},
      {"allowed_origins", "https://Example.org"},
      {"allowed_origins", "https://example.org:443"},
      {"allowed_origins", "http://example.org:80"},
      {"allowed_origins", "https://example.org:0080"},
      {"allowed_origins", "https://example.org:"},
      {"allowed_origins", "https://user@example.org"},
      {"allowed_origins", "https://"},
      {"allowed_origins", "ftp://example.org"},
      {"allowed_origins", "example.org"},
      {"trusted_proxies", "localhost"},
      {"trusted_proxies", "10.0.0.0/33"},
      {"trusted_proxies", "fd00::/129"},
      {"trusted_proxies", "10.0.0.0/"},
      {"cookie_name", "refresh token"},
      {"cookie_name", "a;b"},
      {"cookie_name", "__Host-refresh"},
      {"cookie_name", std::string(65, 'a')},
      {"rate_limit_logins", "60"},
      {"rate_limit_logins", "60/m"},
      {"rate_limit_logins", "60/1"},
      {"rate_limit_logins", "0/1m"},
      {"rate_limit_logins", "60/0m"},
      {"rate_limit_logins", "60/25h"},
      {"rate_limit_logins", "60/1d"},
      {"rate_limits", "no"},
  }));
  INFO(key << " = " << value);
  CHECK(contains(errorOf([&] { Site().load(key + " = " + value + "\n"); }), ":1: " + key + ": "));
}

TEST_CASE("values that are possible are taken as written") {
  const Config config = Site()
                            .load(
                                "listen = 127.0.0.1:0, [::1]:8080,unix:/run/auth.sock\n"
                                "allowed_origins = https://app.example.org, http://localhost:3000\n"
                                "trusted_proxies = 127.0.0.1, fd00::/8, unix\n"
                                "rate_limit_failures = off\n"
                                "rate_limit_logins = 5/90s\n"
                                "rate_limit_password_changes = 7/2h\n"
                                "rate_limits = off\n"
                                "reuse_scope = session\nregistration = closed\n"
                                "workers = 3\nlog_format = json\ncore_dumps = on")
                            .config;
  CHECK(config.listen == std::vector<std::string>{"127.0.0.1:0", "[::1]:8080", "unix:/run/auth.sock"});
  CHECK(config.allowedOrigins ==
        std::vector<std::string>{"https://app.example.org", "http://localhost:3000"});
  CHECK(config.trustedProxies.trust(*IpAddress::parse("fd12::1")));
  CHECK(config.trustedProxies.trustUnixPeers());
  CHECK_FALSE(config.rateLimits.failures);
  CHECK(config.rateLimits.logins == RateLimit{5, std::chrono::seconds{90}});
  CHECK(config.rateLimits.passwordChanges == RateLimit{7, std::chrono::hours{2}});
  CHECK(config.rateLimiting == RateLimiting::off);
  CHECK(config.engine.reuseScope == ReuseScope::session);
  CHECK(config.accounts.registration == Registration::closed);
  CHECK(config.workers == 3);
  CHECK(config.logFormat == LogFormat::json);
  CHECK(config.coreDumps == CoreDumps::on);
  CHECK(Site().load("").config.coreDumps == CoreDumps::off);
}

TEST_CASE("all errors are told at once, and overridden values are checked too") {
  const Site site;
  CHECK(errorsOf([&] { site.load("a = 1\nb\nlog_level = x\n"); }).size() == 2);
  const auto errors = errorsOf([&] {
    site.load("log_level = x\n", {"AUTH_LOG_LEVEL="}, {{"log_level", "debug", "option --log_level"}});
  });
  REQUIRE(errors.size() == 2);
  CHECK(contains(errors[0], ":1: log_level: "));
  CHECK(contains(errors[1], "environment AUTH_LOG_LEVEL: log_level: there is no value"));
}

TEST_CASE("an unknown AUTH_ variable is a warning, any other variable is none of our business") {
  const LoadedConfig loaded =
      Site().load("", {"AUTH_LISTN=x", "HOME=/root", "SSH_AUTH_SOCK=x", "AUTH_WORKERS=2"});
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(contains(loaded.warnings[0], "AUTH_LISTN is ignored"));
  CHECK(contains(loaded.warnings[0], "is listen meant?"));
  CHECK(loaded.config.workers == 2);
}

TEST_CASE("settings that exclude or need each other are told with where each comes from") {
  const Site site;
  CHECK(contains(
      errorOf([&] { site.load("jwt_secret_file = x\n", {"AUTH_JWT_SECRET=" + goodSecret}); }),
      "jwt_secret (environment AUTH_JWT_SECRET) and jwt_secret_file (" + site.file("auth.conf") + ":1)"));
  CHECK(contains(errorOf([&] { site.load("tls_certificate = cert.pem\n"); }), "either both or neither"));
  CHECK(contains(errorOf([&] { site.load("tls_private_key = key.pem\n"); }), "either both or neither"));
  CHECK(contains(errorOf([&] { site.load("cookie_name = __Secure-r\ncookie_secure = false\n"); }),
                 "without Secure"));
}

TEST_CASE("a named file must exist") {
  const Site site;
  const std::string error = errorOf([&] { loadConfig({site.file("missing.conf"), {}, {}}); });
  CHECK(error == "cannot read " + site.file("missing.conf") + ": No such file or directory");
}

TEST_CASE("no value of a secret setting is ever shown") {
  const Site site;
  const LoadedConfig loaded =
      site.load("jwt_secret = " + goodSecret + "\njwt_previous_secrets = " + otherSecret + "\n");
  CHECK(loaded.config.engine.jwtSecret.view() == goodSecret);
  REQUIRE(loaded.config.engine.previousJwtSecrets.size() == 1);
  CHECK(loaded.config.engine.previousJwtSecrets[0].view() == otherSecret);
  for (const Assignment& value : loaded.values) {
    CAPTURE(value.key);
    CHECK_FALSE(contains(value.value, goodSecret));
    CHECK_FALSE(contains(value.value, otherSecret));
  }
  const std::string canary = "canary canary canary canary canary";
  CHECK_FALSE(contains(errorOf([&] { site.load("jwt_secret = " + canary + "\n"); }), "canary"));
  CHECK_FALSE(contains(errorOf([&] { site.load("jwt_secret \"" + canary + "\"\n"); }), "canary"));
  CHECK_FALSE(contains(errorOf([&] { site.load("jwt_secret = \"" + canary + "\"\n"); }), "canary"));
}

TEST_CASE("files that others may touch stop the start") {
  const Site site;
  const std::string withSecret = "jwt_secret = " + goodSecret + "\n";
  const auto error = [&](std::string_view text, mode_t mode) {
    const std::string path = site.write("auth.conf", text, mode);
    return errorOf([&] { loadConfig({path, {}, {}}); });
  };
  CHECK(error("workers = 2\n", 0644) == "0 errors");
  CHECK(contains(error("workers = 2\n", 0646), "other users may change"));
  CHECK(error(withSecret, 0600) == "0 errors");
  CHECK(contains(error(withSecret, 0640), "other users may read"));
  CHECK(contains(error(withSecret, 0644),
                 "other users may read " + site.file("auth.conf") + "; run: chmod 600"));
  CHECK(contains(error(withSecret, 0660), "other users may change"));
  CHECK(contains(error(withSecret, 0602), "other users may change"));
}

TEST_CASE("the key of a certificate must be private") {
  const Site site;
  Config config;
  config.tlsCertificate = site.write("cert.pem", "-", 0644);
  config.tlsPrivateKey = site.write("key.pem", "-", 0600);
  CHECK_NOTHROW(checkTlsFiles(config));
  site.write("key.pem", "-", 0644);
  CHECK(contains(errorOf([&] { checkTlsFiles(config); }), "other users may read " + config.tlsPrivateKey));
  config.tlsPrivateKey = site.file("missing.pem");
  CHECK(contains(errorOf([&] { checkTlsFiles(config); }), "missing.pem: No such file"));
}
