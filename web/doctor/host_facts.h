// Gathers evidence from the server's own machine: files, filesystem, addresses.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "web/config/config.h"
#include "web/doctor/evidence.h"

namespace glitch_protocol::web {

/// Evidence from the files of the configured server; nothing if its database is not on this machine. Changes
/// nothing. `checkDatabase` as in Backends.
std::optional<HostEvidence> lookAtHost(const Config&,
                                       const std::function<void(const Config&)>& checkDatabase);

/// The addresses of this machine, of IPv4 and IPv6.
std::vector<std::string> ownAddresses();

}  // namespace glitch_protocol::web
