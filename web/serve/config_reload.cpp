#include "web/serve/config_reload.h"

#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "web/config/settings.h"

namespace glitch_protocol::web {
namespace {

/// Nothing, with a line in the log, if the configuration is refused.
std::optional<LoadedConfig> readAgain(const LoadedConfig& started, Log& log) {
  try {
    return loadAgain(started);
  } catch (const std::exception& refused) {
    log.write(LogLevel::error, "configuration_kept", {{"reason", refused.what()}});
    return std::nullopt;
  }
}

void add(std::string& keys, std::string_view key) {
  keys += keys.empty() ? "" : ",";
  keys += key;
}

}  // namespace

ConfigReload::ConfigReload(const LoadedConfig& started, Apply apply, Log& log)
    : started_(started), apply_(std::move(apply)), log_(log), inForce_(started.values) {}

void ConfigReload::run() {
  const auto fresh = readAgain(started_, log_);
  if (!fresh) return;
  std::string changed, waiting;
  for (std::size_t i = 0; i < settings().size(); ++i) {
    const Setting& setting = settings()[i];
    const bool isSame = setting.secretOf
                            ? setting.secretOf(started_.config) == setting.secretOf(fresh->config)
                            : inForce_[i].value == fresh->values[i].value;
    if (isSame) continue;
    add(setting.reload == Reload::running ? changed : waiting, setting.key);
    if (setting.reload == Reload::running) inForce_[i] = fresh->values[i];
  }
  apply_(fresh->config);
  log_.write(LogLevel::info, "configuration_reloaded", {{"settings", changed}});
  if (!waiting.empty()) log_.write(LogLevel::warning, "restart_needed", {{"settings", waiting}});
}

}  // namespace glitch_protocol::web
