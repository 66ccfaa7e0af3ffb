// Decides for which host names the control plane answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glitch_protocol::web {

/// A page of any site can make its own name resolve to this machine ("DNS rebinding"); its requests then have
/// the same origin as the stub, and only their Host reveals them. So the control plane answers only for names
/// of the loopback interface and for the configured names, which no attacker can make resolve here.
/// *Immutable.*
class ControlHosts {
 public:
  /// Only the loopback names: localhost and its subdomains, 127.0.0.0/8, [::1].
  ControlHosts() = default;
  /// Adds the names and addresses in `list`, separated by commas and without ports. Throws ConfigError.
  explicit ControlHosts(std::string_view list);

  /// Whether to answer a request with this Host field from this peer (Peer::address). Ports and case are
  /// ignored. Requests over a Unix socket are always answered: browsers cannot send any.
  bool accept(std::string_view host, std::string_view peer) const;

 private:
  // constant after construction
  std::vector<std::string> named_;
};

}  // namespace glitch_protocol::web
