// What auth-server can be told: by auth.conf, by AUTH_ variables of the environment, by options of the
// command line.
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
#include "web/api/rate_limit/rate_limits.h"
#include "web/http/client_address.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

/// The rate_limits setting: `off` switches all of them off, whatever they say.
enum class RateLimiting { off, on };

/// Whether the refresh cookie is kept to encrypted connections.
enum class SecureCookie { no, yes };

/// Whether the memory of this process may be written to a core file, and read by other processes of the same user.
enum class CoreDumps { off, on };

/// Every setting, checked. The values of a default-constructed one mean nothing: loadConfig() fills all of
/// them, from the table in settings.h. Empty strings and lists mean "none".
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
  std::size_t maxConnectionsPerAddress = 0;  ///< 0: a quarter of those in force
  std::size_t connectionMemory = 0;          ///< bytes
  std::size_t maxStreamsPerUser = 0;
  std::size_t workers = 0;  ///< 0: chosen from the cores

  RateLimiting rateLimiting = RateLimiting::on;
  RateLimits rateLimits;
  RateLimits rateLimitsInForce() const {
    return rateLimiting == RateLimiting::on ? rateLimits : RateLimits::off();
  }

  LogLevel logLevel = LogLevel::info;
  LogFormat logFormat = LogFormat::text;

  CoreDumps coreDumps = CoreDumps::off;
};

/// One value that somebody gave to one setting.
struct Assignment {
  std::string key;
  std::string value;
  std::string origin;  ///< for people: "auth.conf:12", "environment AUTH_LISTEN", "option --listen"
};

/// The configuration is refused. `what()` holds a line for each fault, and never a secret.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<std::string> faults);
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  std::vector<std::string> faults_;
};

/// Whether `auth.conf` in the working directory counts where no file is named.
enum class DefaultFile { read, ignored };

/// Where values may come from, in rising order of precedence (the built-in defaults come before all of them).
struct ConfigSources {
  /// The file to read; it must exist. Without one `auth.conf` in the working directory is read if it exists.
  std::optional<std::string> file;
  /// Variables as `NAME=value`; those whose name begins with AUTH_ count.
  std::vector<std::string> environment;
  std::vector<Assignment> options;
  DefaultFile defaultFile = DefaultFile::read;
};

/// A configuration and where it came from.
struct LoadedConfig {
  Config config;
  /// The value in force of each setting, in the order of the table; origin "default" where nobody gave one.
  std::vector<Assignment> values;
  std::string file;  ///< the file that was read; empty: none
  std::vector<std::string> warnings;
};

/// Reads and checks everything. Throws ConfigError with all the faults of the file, or else of all the
/// values. Every value is checked, also one that a later source overrides. Creates nothing.
LoadedConfig loadConfig(const ConfigSources&);

/// `<database>.secret`: where the secret is kept when none is configured.
std::string defaultSecretFile(const std::string& database);

}  // namespace glitch_protocol::web
