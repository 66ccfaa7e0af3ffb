// The table of settings.
#include "web/config/settings.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "engine/engine_config.h"
#include "web/config/jwt_secret.h"
#include "web/config/setting_values.h"

namespace glitch_protocol::web {
namespace {

using std::string_view;

std::string textOrNone(string_view value) {
  return value == "none" ? std::string() : std::string(value);
}

/// One of two words.
template <class Value>
Value oneOf(string_view value, std::pair<string_view, Value> first, std::pair<string_view, Value> second) {
  if (value == first.first) return first.second;
  if (value == second.first) return second.second;
  throw BadValue("\"" + std::string(value) + "\" is neither");
}

void applyMetricsListen(string_view value, Config& config) {
  std::vector<std::string> addresses = parseList(value);
  for (const std::string& address : addresses) checkListenAddress(address);
  config.metricsListen = std::move(addresses);
}

void applyListen(string_view value, Config& config) {
  std::vector<std::string> addresses = parseList(value);
  if (addresses.empty()) throw BadValue("there must be an address");
  for (const std::string& address : addresses) checkListenAddress(address);
  config.listen = std::move(addresses);
}

// SQLite would open the first as a database in memory, and the second as a URI with options.
void applyDatabase(string_view value, Config& config) {
  if (value.starts_with(':') || value.starts_with("file:"))
    throw BadValue("\"" + std::string(value) + "\" has a meaning of its own for SQLite; name a file");
  if (value.ends_with('/')) throw BadValue("\"" + std::string(value) + "\" is a directory; name a file");
  config.database = value;
}

void checkSecret(string_view value) {
  if (const auto error = weaknessOf(value)) throw BadValue("it " + *error);
}

void applyJwtSecret(string_view value, Config& config) {
  if (value != "none") checkSecret(value);
  config.engine.jwtSecret = value == "none" ? Secret() : Secret(value);
}

void applyPreviousSecrets(string_view value, Config& config) {
  std::vector<Secret> secrets;
  for (std::string& secret : parseList(value)) {
    checkSecret(secret);
    secrets.emplace_back(secret);
    wipe(secret);
  }
  config.engine.previousJwtSecrets = std::move(secrets);
}

std::string jwtSecretOf(const Config& config) {
  const Secret& secret = config.engine.jwtSecret;
  return secret.empty() ? "none" : std::string(secret.view());
}

std::string previousSecretsOf(const Config& config) {
  std::string list;
  for (const Secret& secret : config.engine.previousJwtSecrets)
    (list += list.empty() ? "" : ",") += secret.view();
  return list.empty() ? "none" : list;
}

void applyOrigins(string_view value, Config& config) {
  std::vector<std::string> origins = parseList(value);
  for (const std::string& origin : origins) checkOrigin(origin);
  config.allowedOrigins = std::move(origins);
}

void applyCookieName(string_view value, Config& config) {
  checkCookieName(value);
  config.cookieName = value;
}

void applyLogLevel(string_view value, Config& config) {
  constexpr std::array<std::pair<string_view, LogLevel>, 4> levels{{{"debug", LogLevel::debug},
                                                                    {"info", LogLevel::info},
                                                                    {"warning", LogLevel::warning},
                                                                    {"error", LogLevel::error}}};
  const auto level =
      std::find_if(levels.begin(), levels.end(), [&](const auto& l) { return l.first == value; });
  if (level == levels.end()) throw BadValue("\"" + std::string(value) + "\" is not a level");
  config.logLevel = level->second;
}

template <std::optional<RateLimit> RateLimits::*limit>
void applyRateLimit(string_view value, Config& config) {
  config.rateLimits.*limit = parseRateLimit(value);
}

constexpr auto open = Sensitivity::open;
constexpr auto secret = Sensitivity::secret;
constexpr string_view allowedLimit = "COUNT/WINDOW such as 10/5m, units s, m and h, at most 24h; or off";

/// A whole number within what the engine allows.
template <class Duration>
Duration parseWithin(string_view value, Bounds<Duration> bounds) {
  return Duration{parseNumber(value, bounds.least.count(), bounds.most.count())};
}

std::size_t parseCount(string_view value, Bounds<std::size_t> bounds) {
  return static_cast<std::size_t>(
      parseNumber(value, static_cast<std::int64_t>(bounds.least), static_cast<std::int64_t>(bounds.most)));
}

const std::array allSettings{
    Setting{"listen", "127.0.0.1:8080",
            "a list of IPV4:PORT, [IPV6]:PORT and unix:/PATH; port 0 picks a free one",
            "where to accept connections", open, applyListen},
    Setting{"database", "auth.db", "the name of a file", "the SQLite file that stores users and sessions",
            open, applyDatabase},

    Setting{"jwt_secret", "none", "at least 32 bytes of random text, without blanks or commas",
            "signs the tokens", secret, applyJwtSecret, Reload::restart, jwtSecretOf},
    Setting{"jwt_secret_file", "none", "the name of a file; none means DATABASE.secret",
            "the file that contains the secret", open,
            [](string_view value, Config& config) { config.jwtSecretFile = textOrNone(value); }},
    Setting{"jwt_previous_secrets", "none", "a list of secrets, or none",
            "still accepted, no longer used to sign", secret, applyPreviousSecrets, Reload::restart,
            previousSecretsOf},

    Setting{"access_token_expiry_minutes", "15", "a whole number from 1 to 1440",
            "how long an access token lasts", open,
            [](string_view value, Config& config) {
              config.engine.accessTokenExpiryMinutes = parseWithin(value, bounds::accessTokenExpiryMinutes);
            }},
    Setting{"refresh_token_expiry_days", "30", "a whole number from 1 to 400",
            "how long an unused session lasts", open,
            [](string_view value, Config& config) {
              config.engine.refreshTokenExpiryDays = parseWithin(value, bounds::refreshTokenExpiryDays);
            }},
    Setting{"bcrypt_rounds", "10", "a whole number from 10 to 15",
            "the cost of a password hash; one more doubles it", open,
            [](string_view value, Config& config) {
              config.engine.bcryptRounds =
                  static_cast<int>(parseNumber(value, bounds::bcryptRounds.least, bounds::bcryptRounds.most));
            }},
    Setting{"refresh_reuse_window_seconds", "0", "a whole number from 0 to 300",
            "how long a refresh token may be presented again", open,
            [](string_view value, Config& config) {
              config.engine.refreshReuseWindowSeconds = parseWithin(value, bounds::refreshReuseWindowSeconds);
            }},
    Setting{"reuse_scope", "user", "user or session", "what ends when a refresh token is reused", open,
            [](string_view value, Config& config) {
              config.engine.reuseScope =
                  oneOf<ReuseScope>(value, {"user", ReuseScope::user}, {"session", ReuseScope::session});
            }},
    Setting{"session_absolute_days", "0", "a whole number from 0 to 3650; 0 means no end",
            "how long after sign-in a session ends in any case", open,
            [](string_view value, Config& config) {
              config.engine.sessionAbsoluteDays = parseWithin(value, bounds::sessionAbsoluteDays);
            }},
    Setting{"max_sessions_per_user", "100", "a whole number from 0 to 10000; 0 means any number",
            "beyond this number a user's oldest session ends", open,
            [](string_view value, Config& config) {
              config.engine.maxSessionsPerUser = static_cast<std::size_t>(parseNumber(value, 0, 10'000));
            }},

    Setting{"registration", "open", "open or closed", "whether people may register themselves", open,
            [](string_view value, Config& config) {
              config.accounts.registration =
                  oneOf<Registration>(value, {"open", Registration::open}, {"closed", Registration::closed});
            },
            Reload::running},
    Setting{"password_min_length", "8", "a whole number from 8 to 64", "the minimum length of a new password",
            open,
            [](string_view value, Config& config) {
              config.accounts.passwordRules.minLength = parseCount(value, bounds::minLength);
            }},

    Setting{"allowed_origins", "none", "a list of SCHEME://HOST or SCHEME://HOST:PORT, or none",
            "other web origins that may use the server", open, applyOrigins},
    Setting{"trusted_proxies", "none", "a list of addresses, ADDRESS/BITS ranges and the word unix; or none",
            "proxies whose X-Forwarded-For is accepted", open,
            [](string_view value, Config& config) { config.trustedProxies = parseProxies(value); }},
    Setting{"cookie_name", "refreshToken", "letters, digits, - and _; at most 64", "the refresh cookie", open,
            applyCookieName},
    Setting{"cookie_secure", "true", "true or false", "whether the cookie is sent over https only", open,
            [](string_view value, Config& config) {
              config.cookieSecure =
                  oneOf<SecureCookie>(value, {"true", SecureCookie::yes}, {"false", SecureCookie::no});
            }},

    Setting{"cleanup_interval_minutes", "15", "a whole number from 1 to 1440",
            "how often ended sessions are cleaned up", open,
            [](string_view value, Config& config) {
              config.cleanupInterval = std::chrono::minutes{parseNumber(value, 1, 1440)};
            },
            Reload::running},
    Setting{"tls_certificate", "none", "the name of a PEM file, or none",
            "serve TLS with this certificate chain", open,
            [](string_view value, Config& config) { config.tlsCertificate = textOrNone(value); }},
    Setting{"tls_private_key", "none", "the name of a PEM file, or none", "the key of tls_certificate", open,
            [](string_view value, Config& config) { config.tlsPrivateKey = textOrNone(value); }},
    Setting{"max_connections", "10000", "a whole number from 16 to 1000000",
            "connections beyond this number are refused", open,
            [](string_view value, Config& config) {
              config.maxConnections = static_cast<std::size_t>(parseNumber(value, 16, 1'000'000));
            }},
    Setting{"max_connections_per_address", "auto", "a whole number from 1 to 1000000, or auto",
            "connections that one address may hold; auto: a quarter of max_connections", open,
            [](string_view value, Config& config) {
              config.maxConnectionsPerAddress =
                  value == "auto" ? 0 : static_cast<std::size_t>(parseNumber(value, 1, 1'000'000));
            }},
    Setting{"connection_memory", "64M", "bytes, from 1M to 64G; K, M or G behind the number multiplies it",
            "the most memory that all connections together may use", open,
            [](string_view value, Config& config) {
              config.connectionMemory = static_cast<std::size_t>(parseBytes(value, 1LL << 20, 64LL << 30));
            }},
    Setting{"max_streams_per_user", "20", "a whole number from 1 to 1000",
            "event streams that one user may open", open,
            [](string_view value, Config& config) {
              config.maxStreamsPerUser = static_cast<std::size_t>(parseNumber(value, 1, 1000));
            }},
    Setting{"workers", "auto", "a whole number from 1 to 256, or auto", "threads that answer requests", open,
            [](string_view value, Config& config) {
              config.workers = value == "auto" ? 0 : static_cast<std::size_t>(parseNumber(value, 1, 256));
            }},

    Setting{"rate_limits", "on", "on or off", "off switches every rate limit off", open,
            [](string_view value, Config& config) {
              config.rateLimiting =
                  oneOf<RateLimiting>(value, {"on", RateLimiting::on}, {"off", RateLimiting::off});
            }},
    Setting{"rate_limit_failures", "10/5m", allowedLimit,
            "failed password checks of one account from one address", open,
            applyRateLimit<&RateLimits::failures>},
    Setting{"rate_limit_logins", "60/1m", allowedLimit, "logins from one address", open,
            applyRateLimit<&RateLimits::logins>},
    Setting{"rate_limit_account", "100/1h", allowedLimit, "failed logins of one account from all addresses",
            open, applyRateLimit<&RateLimits::account>},
    Setting{"rate_limit_password_changes", "20/1h", allowedLimit, "attempts to change one account's password",
            open, applyRateLimit<&RateLimits::passwordChanges>},
    Setting{"rate_limit_registrations", "20/1h", allowedLimit, "registrations from one address", open,
            applyRateLimit<&RateLimits::registrations>},
    Setting{"rate_limit_refreshes", "60/1m", allowedLimit, "refreshes of one session", open,
            applyRateLimit<&RateLimits::refreshes>},

    Setting{"metrics_listen", "none", "a list as for listen, or none", "where Prometheus may read /metrics",
            open, applyMetricsListen},
    Setting{"log_level", "info", "debug, info, warning or error",
            "the lowest level of events that are logged", open, applyLogLevel, Reload::running},
    Setting{
        "log_format", "text", "text or json", "the format of log lines", open,
        [](string_view value, Config& config) {
          config.logFormat = oneOf<LogFormat>(value, {"text", LogFormat::text}, {"json", LogFormat::json});
        }},
    Setting{"core_dumps", "off", "off or on", "whether debuggers and core files may read the memory", open,
            [](string_view value, Config& config) {
              config.coreDumps = oneOf<CoreDumps>(value, {"off", CoreDumps::off}, {"on", CoreDumps::on});
            }},
};

/// The number of single-character changes between two words (Levenshtein distance).
std::size_t distance(string_view a, string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row[b.size()];
}

}  // namespace

std::span<const Setting> settings() {
  return allSettings;
}

const Setting* findSetting(string_view key) {
  const auto found =
      std::find_if(allSettings.begin(), allSettings.end(), [&](const Setting& s) { return s.key == key; });
  return found == allSettings.end() ? nullptr : &*found;
}

const Setting* findSettingOfVariable(string_view name) {
  constexpr string_view prefix = "AUTH_";
  if (!name.starts_with(prefix)) return nullptr;
  std::string key(name.substr(prefix.size()));
  for (char& c : key) {
    if (c >= 'a' && c <= 'z') return nullptr;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return findSetting(key);
}

std::string unknownKey(string_view key) {
  constexpr std::size_t longestKey = 64;
  if (key.size() > longestKey) return "there is no setting with so long a name";
  const auto nearest = std::min_element(
      allSettings.begin(), allSettings.end(),
      [&](const Setting& a, const Setting& b) { return distance(key, a.key) < distance(key, b.key); });
  std::string sentence = "there is no setting " + std::string(key);
  if (distance(key, nearest->key) <= 3) sentence += "; is " + std::string(nearest->key) + " meant?";
  return sentence;
}

}  // namespace glitch_protocol::web
