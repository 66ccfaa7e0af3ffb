// The configuration of auth-server: auth.conf, AUTH_ environment variables and command-line options.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/accounts.h"
#include "engine/engine_config.h"
#include "engine/secret.h"
#include "web/api/api.h"
#include "web/http/client_address.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

/// The rate_limits setting: `off` switches all limits off, whatever the single settings say.
enum class RateLimiting { off, on };

/// Whether browsers send the refresh cookie over encrypted connections only.
enum class SecureCookie { no, yes };

/// Whether the memory of this process may be written to a core file, and read by other processes of the same user.
enum class CoreDumps { off, on };

/// All settings, checked. A default-constructed Config is not meaningful: loadConfig() fills every member,
/// from the table in settings.h. Empty strings and lists mean "none".
struct Config {
  std::vector<std::string> listen;
  std::vector<std::string> metricsListen;
  std::string database;

  std::string jwtSecretFile;  ///< empty: defaultSecretFile(database), unless engine.jwtSecret is set
  EngineConfig engine;        ///< jwtSecret is empty unless the secret itself was configured
  AccountsConfig accounts;

  std::vector<std::string> allowedOrigins;
  TrustedProxies trustedProxies;
  std::string cookieName;
  SecureCookie cookieSecure = SecureCookie::yes;

  std::chrono::minutes cleanupInterval{0};
  std::string tlsCertificate;
  std::string tlsPrivateKey;

  std::size_t maxConnections = 0;
  std::size_t maxConnectionsPerAddress = 0;  ///< 0: a quarter of maxConnections in force
  std::size_t connectionMemory = 0;          ///< bytes
  std::size_t maxStreamsPerUser = 0;
  std::size_t workers = 0;  ///< 0: chosen by the number of cores

  RateLimiting rateLimiting = RateLimiting::on;
  RateLimits rateLimits;
  RateLimits rateLimitsInForce() const {
    return rateLimiting == RateLimiting::on ? rateLimits : RateLimits::off();
  }

  LogLevel logLevel = LogLevel::info;
  LogFormat logFormat = LogFormat::text;

  CoreDumps coreDumps = CoreDumps::off;
};

/// A value for a setting, from one source.
struct Assignment {
  std::string key;
  std::string value;
  std::string origin;  ///< for people: "auth.conf:12", "environment AUTH_LISTEN", "option --listen"
};

/// The configuration is refused. `what()` has a line for each error, and never contains a secret.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<std::string> errors);
  const std::vector<std::string>& errors() const { return errors_; }

 private:
  std::vector<std::string> errors_;
};

/// Whether `auth.conf` in the working directory is read if no file is named.
enum class DefaultFile { read, ignored };

/// Where values come from, in rising order of precedence (built-in defaults have the lowest).
struct ConfigSources {
  /// The file to read; it must exist. If empty, `auth.conf` in the working directory is read if it exists.
  std::optional<std::string> file;
  /// Variables as `NAME=value`; those that do not begin with AUTH_ are ignored.
  std::vector<std::string> environment;
  std::vector<Assignment> options;
  DefaultFile defaultFile = DefaultFile::read;
};

/// A configuration and the sources of its values.
struct LoadedConfig {
  Config config;
  /// The value in force of each setting, in the order of the table; origin "default" if no source gave one.
  std::vector<Assignment> values;
  std::string file;  ///< the file that was read; empty if none was
  std::vector<std::string> warnings;
  /// For loadAgain(): without the values of secrets in the environment.
  ConfigSources sources;
};

/// Reads and checks everything. Throws ConfigError with all errors in the syntax of the file, or else with all
/// errors in the values. Values that a later source overrides are checked too. Creates no files.
LoadedConfig loadConfig(const ConfigSources&);

/// Reads and checks the same sources again; the environment is that of the first time. Throws as loadConfig() does.
LoadedConfig loadAgain(const LoadedConfig&);

/// `<database>.secret`: the secret file if none is configured.
std::string defaultSecretFile(const std::string& database);

}  // namespace glitch_protocol::web
