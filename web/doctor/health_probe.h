// Asks a running server whether it is ready.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "web/config/config.h"
#include "web/connection/address.h"
#include "web/doctor/server_url.h"
#include "web/doctor/tls_channel.h"

namespace glitch_protocol::web {

/// Where to ask, and how. A plain value.
struct ProbeTarget {
  std::string name;                      ///< for people: "https://127.0.0.1:8443", "unix:/run/auth.sock"
  std::vector<SocketAddress> addresses;  ///< tried in turn until one accepts the connection
  std::optional<ServerTrust> tls;        ///< nothing: no TLS
  std::string host;                      ///< whose certificate it must be; without the brackets of IPv6
  std::string hostField;                 ///< the value of the request's Host field
  std::string path;
};

/// The first address in `listen`. With TLS the certificate is not checked, because it names the public host; the probe
/// sends no secret. Throws std::runtime_error if the port is 0, because then only the server knows it.
ProbeTarget probeTargetOf(const Config&);

/// Throws std::runtime_error if the host name cannot be resolved. The resolver has time limits of its own.
ProbeTarget probeTargetOf(const ServerUrl&);

/// Returns if the server answers `GET /readyz` with status 200 within `patience`, from the first connection attempt to the
/// status line. Otherwise throws std::runtime_error with a sentence that names the server and says what happened. Ignores
/// SIGPIPE from then on.
void requireReady(const ProbeTarget&, std::chrono::milliseconds patience);

}  // namespace glitch_protocol::web
