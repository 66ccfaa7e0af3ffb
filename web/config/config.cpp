// Reads the sources of the configuration in order of precedence and checks the result.
#include "web/config/config.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "web/config/config_file.h"
#include "web/config/private_file.h"
#include "web/config/settings.h"
#include "web/http/cookies.h"

namespace glitch_protocol::web {
namespace {

constexpr const char* defaultFile = "auth.conf";
constexpr std::string_view environmentPrefix = "AUTH_";

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

/// The file to read; empty: none.
std::string chooseFile(const ConfigSources& sources) {
  if (sources.file) return *sources.file;
  if (sources.defaultFile == DefaultFile::ignored) return "";
  std::error_code ignored;
  return std::filesystem::exists(defaultFile, ignored) ? defaultFile : "";
}

bool isSecret(const Assignment& assignment) {
  return findSetting(assignment.key)->sensitivity == Sensitivity::secret && assignment.value != "none";
}

std::vector<Assignment> readAssignments(const std::string& path) {
  FileText file;
  try {
    file = readFile(path);
  } catch (const std::runtime_error& error) {
    throw ConfigError({error.what()});
  }
  std::vector<Assignment> assignments = parseConfigFile(file.text, path);
  const bool holdsSecrets = std::any_of(assignments.begin(), assignments.end(), isSecret);
  if (const auto error = exposure(file, holdsSecrets ? Content::secret : Content::open))
    throw ConfigError({*error + (holdsSecrets ? " (it holds a secret)" : "")});
  return assignments;
}

/// What the variable's name stands for, in the spelling of keys.
std::string keyOf(std::string_view variable) {
  std::string key(variable.substr(environmentPrefix.size()));
  for (char& c : key)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return key;
}

std::vector<Assignment> fromEnvironment(const std::vector<std::string>& environment,
                                        std::vector<std::string>& warnings) {
  std::vector<Assignment> assignments;
  for (const std::string& variable : environment) {
    const std::string name = variable.substr(0, variable.find('='));
    if (!name.starts_with(environmentPrefix) || name.size() == variable.size()) continue;
    if (const Setting* setting = findSettingOfVariable(name))
      assignments.push_back(
          {std::string(setting->key), variable.substr(name.size() + 1), "environment " + name});
    else
      warnings.push_back("environment " + name + " is ignored: " + unknownKey(keyOf(name)));
  }
  return assignments;
}

/// What is in force, and the errors met on the way there.
class Layers {
 public:
  explicit Layers(LoadedConfig& loaded) : loaded_(loaded) {
    for (const Setting& setting : settings()) {
      setting.apply(setting.defaultValue, loaded_.config);
      loaded_.values.push_back({std::string(setting.key), std::string(setting.defaultValue), "default"});
    }
  }

  /// Each assignment in turn replaces what was in force. Their keys exist.
  void add(const std::vector<Assignment>& assignments) {
    for (const Assignment& assignment : assignments) {
      const Setting& setting = *findSetting(assignment.key);
      try {
        if (assignment.value.empty()) throw BadValue("there is no value");
        setting.apply(assignment.value, loaded_.config);
        loaded_.values[static_cast<std::size_t>(&setting - settings().data())] = assignment;
      } catch (const BadValue& bad) {
        errors_.push_back(assignment.origin + ": " + assignment.key + ": " + bad.what() +
                          " (allowed: " + std::string(setting.allowed) + ")");
      }
    }
  }

  /// Rules about settings that have to fit together.
  void checkTogether() {
    const Config& config = loaded_.config;
    if (!config.engine.jwtSecret.empty() && !config.jwtSecretFile.empty())
      conflict("jwt_secret", "jwt_secret_file", "only one of the two may be set");
    if (config.tlsCertificate.empty() != config.tlsPrivateKey.empty())
      conflict("tls_certificate", "tls_private_key", "either both or neither must be set");
    if (config.cookieSecure == SecureCookie::no)
      if (const auto error = problemWithCookieName(config.cookieName, CookieTransport::anyTransport))
        conflict("cookie_name", "cookie_secure", "the name " + *error);
  }

  void throwErrors() {
    if (!errors_.empty()) throw ConfigError(std::move(errors_));
  }

 private:
  void conflict(std::string_view first, std::string_view second, std::string_view reason) {
    errors_.push_back(described(first) + " and " + described(second) + ": " + std::string(reason));
  }

  std::string described(std::string_view key) {
    const Assignment& value = loaded_.values[static_cast<std::size_t>(findSetting(key) - settings().data())];
    return value.key + " (" + value.origin + ")";
  }

  LoadedConfig& loaded_;
  std::vector<std::string> errors_;
};

/// The secret of an environment variable; null if it holds none.
const Setting* secretIn(std::string_view variable) {
  const Setting* setting = findSettingOfVariable(variable.substr(0, variable.find('=')));
  return setting != nullptr && setting->sensitivity == Sensitivity::secret ? setting : nullptr;
}

/// Only the AUTH_ variables, and of secrets only the name: they have one copy, in the configuration.
ConfigSources withoutSecrets(const ConfigSources& sources) {
  ConfigSources kept{sources.file, {}, sources.options, sources.defaultFile};
  for (const std::string& variable : sources.environment) {
    const std::size_t end = variable.find('=');
    if (!variable.starts_with(environmentPrefix) || end == std::string::npos) continue;
    kept.environment.push_back(secretIn(variable) ? variable.substr(0, end) : variable);
  }
  return kept;
}

void hideSecrets(std::vector<Assignment>& values) {
  for (Assignment& value : values) {
    if (!isSecret(value)) continue;
    wipe(value.value);
    value.value = "(set)";
  }
}

}  // namespace

ConfigError::ConfigError(std::vector<std::string> errors)
    : std::runtime_error(joined(errors)), errors_(std::move(errors)) {}

LoadedConfig loadConfig(const ConfigSources& sources) {
  LoadedConfig loaded;
  loaded.file = chooseFile(sources);

  Layers layers(loaded);
  if (!loaded.file.empty()) layers.add(readAssignments(loaded.file));
  layers.add(fromEnvironment(sources.environment, loaded.warnings));
  layers.add(sources.options);
  layers.checkTogether();
  layers.throwErrors();

  hideSecrets(loaded.values);
  loaded.sources = withoutSecrets(sources);
  return loaded;
}

LoadedConfig loadAgain(const LoadedConfig& loaded) {
  ConfigSources sources = loaded.sources;
  for (std::string& variable : sources.environment)
    if (const Setting* setting = secretIn(variable)) variable += "=" + setting->secretOf(loaded.config);
  LoadedConfig fresh = loadConfig(sources);
  for (std::string& variable : sources.environment)
    if (secretIn(variable)) wipe(variable);
  return fresh;
}

std::string defaultSecretFile(const std::string& database) {
  return database + ".secret";
}

}  // namespace glitch_protocol::web
