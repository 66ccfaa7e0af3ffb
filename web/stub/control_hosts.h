// Under which names the control plane answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glitch_protocol::web {

/// A page of any site can have its own name resolved to this machine ("DNS rebinding"); its requests are then of
/// the same origin as the stub, and only their Host gives them away. So the control plane answers requests for
/// names of the loopback interface, and for the names that it was told: nobody else can have those resolved at
/// will. *Immutable.*
class ControlHosts {
 public:
  /// The loopback names alone: localhost and names below it, 127.0.0.0/8, [::1].
  ControlHosts() = default;
  /// Also those of `list`, separated by commas: names and addresses, without ports. Throws ConfigError.
  explicit ControlHosts(std::string_view list);

  /// Whether a request with this Host field, from this peer (Peer::address), is answered. The port does not count,
  /// nor does case. Over a Unix socket every one is: no browser gets there.
  bool accept(std::string_view host, std::string_view peer) const;

 private:
  // constant after construction
  std::vector<std::string> named_;
};

}  // namespace glitch_protocol::web
