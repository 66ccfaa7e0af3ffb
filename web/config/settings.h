// The one table of settings, on which auth.conf, the environment, the command line, --help and check-config rely.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "web/config/config.h"

namespace glitch_protocol::web {

/// Secrets are not printed, and not accepted on the command line, where other users of the machine can read them.
enum class Sensitivity { open, secret };

/// When a changed value takes effect.
enum class Reload {
  restart,  ///< when the server is started again
  running   ///< when the running server gets SIGHUP
};

struct Setting {
  std::string_view key;
  std::string_view defaultValue;  ///< written as in auth.conf; applying it gives the documented default
  std::string_view allowed;       ///< for people: the values allowed
  std::string_view description;   ///< for people: half a line
  Sensitivity sensitivity;
  /// Checks `value` and writes it into the configuration. Throws BadValue and leaves the configuration
  /// unchanged.
  void (*apply)(std::string_view value, Config&);
  Reload reload = Reload::restart;
  /// Of a secret: its value in a configuration, as apply() reads it. Null for the others.
  std::string (*secretOf)(const Config&) = nullptr;
};

/// A value that a setting does not accept. `what()` says why, and contains no secret.
class BadValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// All settings, in the order in which they are documented.
std::span<const Setting> settings();

/// Null if there is no such setting. Valid for the life of the process.
const Setting* findSetting(std::string_view key);

/// The setting of the environment variable `AUTH_KEY`; null if there is none.
const Setting* findSettingOfVariable(std::string_view name);

/// A sentence about an unknown key, with a similar one that may have been meant.
std::string unknownKey(std::string_view key);

}  // namespace glitch_protocol::web
