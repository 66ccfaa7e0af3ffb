// Fuzzes the configuration file: any file is accepted or refused with reasons of one line each.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "web/config/config_file.h"
#include "web/config/settings.h"

using namespace glitch_protocol::web;

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void applyEach(const std::vector<Assignment>& assignments) {
  Config config;
  for (const Assignment& assignment : assignments) {
    const Setting* setting = findSetting(assignment.key);
    require(setting != nullptr && !assignment.value.empty());
    try {
      setting->apply(assignment.value, config);
    } catch (const BadValue& refused) {
      require(*refused.what() != '\0');
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    applyEach(parseConfigFile(text, "auth.conf"));
  } catch (const ConfigError& refused) {
    require(!refused.errors().empty());
    for (const std::string& error : refused.errors())
      require(error.starts_with("auth.conf:") && error.find('\n') == std::string::npos);
  }
  return 0;
}
