#include "web/serve/process.h"

#include <sys/prctl.h>
#include <sys/stat.h>

#include <string.h>

#include <string_view>

#include "web/config/settings.h"

namespace glitch_protocol::web {
namespace {

bool holdsSecret(std::string_view variable) {
  const Setting* setting = findSettingOfVariable(variable.substr(0, variable.find('=')));
  return setting != nullptr && setting->sensitivity == Sensitivity::secret;
}

}  // namespace

void hardenProcess() {
  ::umask(077);
#ifndef AUTH_SERVER_DEBUG
  setCoreDumps(CoreDumps::off);
#endif
}

void setCoreDumps(CoreDumps wanted) {
  ::prctl(PR_SET_DUMPABLE, wanted == CoreDumps::on ? 1 : 0);
}

CoreDumps coreDumps() {
  return ::prctl(PR_GET_DUMPABLE) == 1 ? CoreDumps::on : CoreDumps::off;
}

std::vector<std::string> takeEnvironment(char** environment) {
  std::vector<std::string> copy;
  for (char** variable = environment; *variable != nullptr; ++variable) {
    copy.emplace_back(*variable);
    if (!holdsSecret(*variable)) continue;
    char* value = ::strchr(*variable, '=');
    if (value != nullptr) ::explicit_bzero(value + 1, ::strlen(value + 1));
  }
  return copy;
}

}  // namespace glitch_protocol::web
