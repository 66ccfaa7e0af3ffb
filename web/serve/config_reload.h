// Reads the configuration again while the server runs, and applies what can change then.
#pragma once

#include <functional>
#include <vector>

#include "web/config/config.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

/// *One thread at a time.*
class ConfigReload {
 public:
  /// Called with a configuration that has been read and checked. Applies the settings that are marked Reload::running in
  /// settings.h, and no others.
  using Apply = std::function<void(const Config&)>;

  /// `started` and `log` are borrowed.
  ConfigReload(const LoadedConfig& started, Apply, Log&);

  /// Reads all sources again. A configuration that is refused is logged (`configuration_kept`), and nothing changes.
  /// Otherwise applies it and logs the keys of the settings that have changed (`configuration_reloaded`), and of those
  /// that differ from what the server runs with until it is started again (`restart_needed`); never values.
  void run();

 private:
  // constant after construction
  const LoadedConfig& started_;
  const Apply apply_;
  Log& log_;
  // changes with each run
  std::vector<Assignment> inForce_;
};

}  // namespace glitch_protocol::web
