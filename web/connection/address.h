#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>

namespace glitch_protocol::web {

/// A socket address with its length. *Immutable* by convention: a plain value.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

/// Reads `127.0.0.1:8080`, `[::1]:8080` or `unix:/run/x.sock`; names of hosts are not looked up. Throws
/// std::runtime_error with a sentence that names the text and the forms.
SocketAddress parseAddress(std::string_view text);

/// Why parseAddress refuses the text ("the port is missing"); nothing when it does not.
std::optional<std::string> faultOfAddress(std::string_view text);

/// The address that the socket is bound to. Throws std::runtime_error when it is no socket.
SocketAddress boundAddress(int socket);

/// The form that parseAddress reads.
std::string formatAddress(const SocketAddress& address);

/// What Peer::address holds: the address without the port, IPv4-mapped as IPv4; "unix" for a Unix socket.
std::string formatPeer(const SocketAddress& address);

/// Whether only this machine's own programs can reach what listens there: a Unix socket or a loopback
/// address, no wildcard.
bool isOnThisMachineOnly(const SocketAddress& address);

/// The file of a Unix socket's address.
std::string unixPath(const SocketAddress& address);

}  // namespace glitch_protocol::web
