// Compares the two places that validate a setting: the configuration, which `check-config` uses, and the
// component that uses the value. Both must accept the same values.
#include <chrono>
#include <cstddef>
#include <fstream>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/accounts.h"
#include "engine/cache_adapter.h"
#include "engine/engine.h"
#include "engine/socket_broadcaster.h"
#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/support/temporary_directory.h"
#include "web/config/api_config.h"
#include "web/config/setting_values.h"
#include "web/config/settings.h"
#include "web/connection/listener.h"

namespace glitch_protocol::web {
namespace {

const std::string goodSecret = "q7Zt1vXw0cR5yN8mKd3LbP6hGs2JfA9uEoTiYxVzWnQ4";

enum class Entry { refused, accepted };

std::ostream& operator<<(std::ostream& out, Entry entry) {
  return out << (entry == Entry::accepted ? "accepted" : "refused");
}

template <class Action>
Entry entryFor(Action action) {
  try {
    action();
    return Entry::accepted;
  } catch (const std::exception&) {
    return Entry::refused;
  }
}

Config load(std::vector<Assignment> options) {
  for (Assignment& option : options) option.origin = "a test";
  return loadConfig({std::nullopt, {}, std::move(options), DefaultFile::ignored}).config;
}

Entry configuration(const std::vector<Assignment>& options) {
  return entryFor([&] { load(options); });
}

}  // namespace

TEST_CASE("the configuration accepts a cookie name if and only if the API accepts it") {
  const auto [name, secure, expected] = GENERATE(table<std::string, bool, Entry>({
      {"refreshToken", true, Entry::accepted},
      {"r", true, Entry::accepted},
      {"a.b-c_d~!#$%&'*+^`|", true, Entry::accepted},
      {std::string(64, 'a'), true, Entry::accepted},
      {std::string(65, 'a'), true, Entry::refused},
      {"a b", true, Entry::refused},
      {"a;b", true, Entry::refused},
      {"a=b", true, Entry::refused},
      {"a\"b", true, Entry::refused},
      {"a,b", true, Entry::refused},
      {"caf\xc3\xa9", true, Entry::refused},
      {"__Host-x", true, Entry::refused},
      {"__host-x", true, Entry::refused},
      {"__HOST-x", false, Entry::refused},
      {"__Host-Http-x", true, Entry::refused},
      {"__Host", true, Entry::accepted},
      {"x__Host-x", true, Entry::accepted},
      {"__Secure-x", true, Entry::accepted},
      {"__secure-x", true, Entry::accepted},
      {"__Secure-x", false, Entry::refused},
      {"__secure-x", false, Entry::refused},
      {"__SECURE-x", false, Entry::refused},
      {"__Http-x", true, Entry::accepted},
      {"__http-x", false, Entry::refused},
      {"__Secure", false, Entry::accepted},
  }));
  INFO(name << (secure ? ", secure" : ", not secure"));
  CHECK(configuration({{"cookie_name", name, ""}, {"cookie_secure", secure ? "true" : "false", ""}}) ==
        expected);
  ApiConfig api;
  api.cookieName = name;
  api.cookieSecurity = secure ? CookieSecurity::secure : CookieSecurity::insecure;
  CHECK(entryFor([&] { validate(api); }) == expected);
}

TEST_CASE("the configuration accepts an origin if and only if the API accepts it") {
  const auto [origin, expected] = GENERATE(table<std::string, Entry>({
      {"https://app.example.org", Entry::accepted},
      {"http://localhost:3000", Entry::accepted},
      {"http://my_app:3000", Entry::accepted},
      {"http://127.0.0.1", Entry::accepted},
      {"https://[::1]", Entry::accepted},
      {"https://[2001:db8::1]:8443", Entry::accepted},
      {"https://a.example:444", Entry::accepted},
      {"https://a.example:80", Entry::accepted},
      {"http://a.example:443", Entry::accepted},
      {"https://a.example:65535", Entry::accepted},
      {"https://a.example:65536", Entry::refused},
      {"https://a.example:99999", Entry::refused},
      {"https://a.example:0", Entry::refused},
      {"https://a.example:0444", Entry::refused},
      {"https://a.example:", Entry::refused},
      {"https://a.example:x", Entry::refused},
      {"https://a.example:443", Entry::refused},
      {"http://a.example:80", Entry::refused},
      {"*", Entry::refused},
      {"null", Entry::refused},
      {"https://*.example.org", Entry::refused},
      {"https://App.example.org", Entry::refused},
      {"HTTPS://app.example.org", Entry::refused},
      {"https://", Entry::refused},
      {"https://app.example.org/", Entry::refused},
      {"https://app.example.org?x", Entry::refused},
      {"https://app.example.org#x", Entry::refused},
      {"https://user@app.example.org", Entry::refused},
      {"ftp://app.example.org", Entry::refused},
      {"app.example.org", Entry::refused},
      {"https://a b.example", Entry::refused},
      {"https://caf\xc3\xa9.example", Entry::refused},
      {"https://[::1", Entry::refused},
      {"https://[::1]x", Entry::refused},
      {"https://[:::1]", Entry::refused},
      {"https://[127.0.0.1]", Entry::refused},
      {"https://[]", Entry::refused},
      {"https://::1", Entry::refused},
  }));
  INFO(origin);
  CHECK(configuration({{"allowed_origins", origin, ""}}) == expected);
  ApiConfig api;
  api.allowedOrigins = {origin};
  CHECK(entryFor([&] { validate(api); }) == expected);
}

TEST_CASE("the configuration accepts a listen address if and only if a listener accepts it") {
  const auto [address, expected] = GENERATE(table<std::string, Entry>({
      {"127.0.0.1:0", Entry::accepted},
      {"127.0.0.1:65535", Entry::accepted},
      {"127.0.0.1:65536", Entry::refused},
      {"127.0.0.1:-1", Entry::refused},
      {"127.0.0.1:+1", Entry::refused},
      {"127.0.0.1:", Entry::refused},
      {"127.0.0.1", Entry::refused},
      {"127.1:80", Entry::refused},
      {"localhost:80", Entry::refused},
      {":80", Entry::refused},
      {"[::1]:80", Entry::accepted},
      {"[::]:80", Entry::accepted},
      {"[::ffff:127.0.0.1]:80", Entry::accepted},
      {"[127.0.0.1]:80", Entry::refused},
      {"[::1%lo]:80", Entry::refused},
      {"::1:80", Entry::refused},
      {"unix:/run/auth.sock", Entry::accepted},
      {"unix:run/auth.sock", Entry::refused},
      {"unix:", Entry::refused},
      {"unix:/" + std::string(106, 'a'), Entry::accepted},
      {"unix:/" + std::string(107, 'a'), Entry::refused},
  }));
  INFO(address);
  CHECK(configuration({{"listen", address, ""}}) == expected);
  CHECK(configuration({{"metrics_listen", address, ""}}) == expected);
  CHECK(entryFor([&] { parseAddress(address); }) == expected);
}

TEST_CASE("the configuration accepts a number if and only if the engine accepts it") {
  const auto [key, value, expected] = GENERATE(table<std::string, int, Entry>({
      {"access_token_expiry_minutes", 0, Entry::refused},
      {"access_token_expiry_minutes", 1, Entry::accepted},
      {"access_token_expiry_minutes", 1440, Entry::accepted},
      {"access_token_expiry_minutes", 1441, Entry::refused},
      {"refresh_token_expiry_days", 0, Entry::refused},
      {"refresh_token_expiry_days", 1, Entry::accepted},
      {"refresh_token_expiry_days", 400, Entry::accepted},
      {"refresh_token_expiry_days", 401, Entry::refused},
      {"bcrypt_rounds", 9, Entry::refused},
      {"bcrypt_rounds", 10, Entry::accepted},
      {"bcrypt_rounds", 15, Entry::accepted},
      {"bcrypt_rounds", 16, Entry::refused},
      {"refresh_reuse_window_seconds", 0, Entry::accepted},
      {"refresh_reuse_window_seconds", 300, Entry::accepted},
      {"refresh_reuse_window_seconds", 301, Entry::refused},
      {"session_absolute_days", 0, Entry::accepted},
      {"session_absolute_days", 3650, Entry::accepted},
      {"session_absolute_days", 3651, Entry::refused},
      {"password_min_length", 7, Entry::refused},
      {"password_min_length", 8, Entry::accepted},
      {"password_min_length", 64, Entry::accepted},
      {"password_min_length", 65, Entry::refused},
  }));
  INFO(key << " = " << value);
  CHECK(configuration({{key, std::to_string(value), ""}}) == expected);

  EngineConfig engine;
  engine.jwtSecret = Secret(goodSecret);
  AccountsConfig accounts;
  if (key == "access_token_expiry_minutes") engine.accessTokenExpiryMinutes = std::chrono::minutes{value};
  if (key == "refresh_token_expiry_days") engine.refreshTokenExpiryDays = std::chrono::days{value};
  if (key == "bcrypt_rounds") engine.bcryptRounds = value;
  if (key == "refresh_reuse_window_seconds") engine.refreshReuseWindowSeconds = std::chrono::seconds{value};
  if (key == "session_absolute_days") engine.sessionAbsoluteDays = std::chrono::days{value};
  if (key == "password_min_length") accounts.passwordRules.minLength = static_cast<std::size_t>(value);
  const auto database = store::SqliteDatabase::inMemory();
  const auto build = [&] {
    validate(engine);
    EngineConfig quick;
    quick.jwtSecret = Secret(goodSecret);
    Engine built(*database, noopCache(), noopBroadcaster(), quick);
    const Accounts withRules(built, accounts);
  };
  CHECK(entryFor(build) == expected);
}

TEST_CASE("the store opens every database name that the configuration accepts") {
  const auto [name, expected] = GENERATE(table<std::string, Entry>({
      {"auth.db", Entry::accepted},
      {"a b.db", Entry::accepted},
      {"a?mode=ro.db", Entry::accepted},
      {"%41.db", Entry::accepted},
      {"-.db", Entry::accepted},
      {":memory:", Entry::refused},
      {":x", Entry::refused},
      {"file:auth.db", Entry::refused},
      {"file::memory:?cache=shared", Entry::refused},
      {"data/", Entry::refused},
  }));
  INFO(name);
  CHECK(configuration({{"database", name, ""}}) == expected);
  if (expected == Entry::refused) return;
  const TemporaryDirectory directory;
  store::SqliteOptions options;
  options.path = directory.file(name);
  CHECK_NOTHROW(store::SqliteDatabase(options));
  CHECK(std::ifstream(options.path).good());
}

TEST_CASE("the documented range of a number is the enforced one") {
  constexpr std::string_view opening = "a whole number from ";
  std::size_t numbers = 0;
  for (const Setting& setting : settings()) {
    if (!setting.allowed.starts_with(opening)) continue;
    ++numbers;
    const std::string key(setting.key);
    const std::string range(setting.allowed.substr(opening.size()));
    const long least = std::stol(range);
    const long most = std::stol(range.substr(range.find(" to ") + 4));
    INFO(key << ": " << range);
    CHECK(configuration({{key, std::to_string(least), ""}}) == Entry::accepted);
    CHECK(configuration({{key, std::to_string(most), ""}}) == Entry::accepted);
    CHECK(configuration({{key, std::to_string(least - 1), ""}}) == Entry::refused);
    CHECK(configuration({{key, std::to_string(most + 1), ""}}) == Entry::refused);
  }
  CHECK(numbers >= 10);
}

TEST_CASE("the API accepts every configuration that is accepted as a whole") {
  const Config config = load({{"cookie_name", "__Secure-refresh", ""},
                              {"allowed_origins", "https://app.example.org, http://my_app:3000", ""},
                              {"max_streams_per_user", "1", ""},
                              {"rate_limits", "off", ""}});
  const ApiConfig api = apiConfigOf(config);
  CHECK_NOTHROW(validate(api));
  CHECK(api.cookieName == "__Secure-refresh");
  CHECK(api.allowedOrigins.size() == 2);
  CHECK(api.maxStreamsPerUser == 1);
  CHECK_FALSE(api.rateLimits.logins);
}

}  // namespace glitch_protocol::web
