// The command `health`: for the health check of a container, which may have no other program.
#include <chrono>
#include <ostream>

#include "web/cli/command.h"
#include "web/doctor/health_probe.h"

namespace glitch_protocol::web {

ExitCode checkHealth(CommandContext& context) {
  constexpr std::chrono::seconds patience{5};
  const ProbeTarget target = context.arguments.url.empty()
                                 ? probeTargetOf(context.loaded.config)
                                 : probeTargetOf(ServerUrl::parse(context.arguments.url));
  requireReady(target, patience);
  context.terminal.err << printable(target.name) << " is ready\n";
  return ExitCode::done;
}

}  // namespace glitch_protocol::web
