// The command `stub`: its settings, and the checks before it starts.
#include <sys/socket.h>
#include <array>

#include <algorithm>
#include <string>
#include <vector>

#include "web/cli/command.h"
#include "web/connection/address.h"
#include "web/serve/process.h"
#include "web/stub/run_stub.h"

namespace glitch_protocol::web {
namespace {

/// Ignores auth.conf and the environment: a test must not touch what they refer to.
LoadedConfig loadStubConfig(const std::vector<Assignment>& options) {
  ConfigSources sources;
  sources.defaultFile = DefaultFile::ignored;
  sources.options = {{"listen", "127.0.0.1:0", "the stub"},
                     {"cookie_secure", "false", "the stub"},
                     {"rate_limits", "off", "the stub"},
                     {"log_level", "warning", "the stub"},
                     {"core_dumps", "on", "the stub"}};
  sources.options.insert(sources.options.end(), options.begin(), options.end());
  return loadConfig(sources);
}

/// Refuses settings that the stub fixes itself, or does not have.
void refuseForeignSettings(const std::vector<Assignment>& options) {
  constexpr std::array<std::string_view, 5> foreign{"jwt_secret_file", "bcrypt_rounds", "tls_certificate",
                                                    "tls_private_key", "metrics_listen"};
  std::vector<std::string> errors;
  for (const Assignment& option : options)
    if (std::ranges::find(foreign, option.key) != foreign.end())
      errors.push_back(option.origin + ": the stub does not accept this setting");
  if (!errors.empty()) throw ConfigError(std::move(errors));
}

void refusePublicAddresses(const Config& config) {
  for (const std::string& address : config.listen)
    if (!isOnThisMachineOnly(parseAddress(address)))
      throw ConfigError({"option --listen: others can reach " + address +
                         ", and the stub does whatever it is asked; if that is what you want, add "
                         "--allow-public and the hosts "
                         "under which they call it"});
}

}  // namespace

ExitCode stub(CommandContext& context) {
  const Arguments& arguments = context.arguments;
  refuseForeignSettings(arguments.settings);
  const LoadedConfig loaded = loadStubConfig(arguments.settings);
  if (!arguments.publicHosts) refusePublicAddresses(loaded.config);
  setCoreDumps(loaded.config.coreDumps);
  const ControlHosts hosts = arguments.publicHosts ? ControlHosts(*arguments.publicHosts) : ControlHosts();
  const bool inFile =
      std::ranges::find(arguments.settings, "database", &Assignment::key) != arguments.settings.end();
  runStub({loaded.config, inFile ? loaded.config.database : "", arguments.seedFile, hosts,
           context.backends.makeWorldStore},
          context.terminal.out);
  return ExitCode::done;
}

}  // namespace glitch_protocol::web
