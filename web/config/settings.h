// The one table of settings: what auth.conf, the environment, the command line, its --help, check-config and
// auth.conf.example all go by.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "web/config/config.h"

namespace glitch_protocol::web {

/// Secrets are neither shown nor taken from the command line, where other users of the machine can read them.
enum class Sensitivity { open, secret };

struct Setting {
  std::string_view key;
  std::string_view defaultValue;  ///< written as in auth.conf; applying it gives the documented default
  std::string_view allowed;       ///< for people: what may be written
  std::string_view description;   ///< for people: half a line
  Sensitivity sensitivity;
  /// Checks `value` and writes it into the configuration. Throws BadValue and leaves the configuration as it
  /// was.
  void (*apply)(std::string_view value, Config&);
};

/// A value that a setting does not take. `what()` says why, and holds no secret.
class BadValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// All settings, in the order in which they are documented.
std::span<const Setting> settings();

/// Null when there is no such setting. The answer is valid for ever.
const Setting* findSetting(std::string_view key);

/// The setting that the variable `AUTH_KEY` of the environment belongs to; null when there is none.
const Setting* findSettingOfVariable(std::string_view name);

/// A sentence about a key that does not exist, with the one that may have been meant.
std::string unknownKey(std::string_view key);

}  // namespace glitch_protocol::web
