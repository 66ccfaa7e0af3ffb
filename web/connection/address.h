// Reads and formats socket addresses.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>

namespace glitch_protocol::web {

/// A socket address with its length. A plain value, *immutable* by convention.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

/// Reads `127.0.0.1:8080`, `[::1]:8080` or `unix:/run/x.sock`; host names are not resolved. Throws
/// std::runtime_error with a sentence that quotes the text and lists the forms.
SocketAddress parseAddress(std::string_view text);

/// Why parseAddress refuses the text ("the port is missing"); nothing when it accepts it.
std::optional<std::string> problemWithAddress(std::string_view text);

/// The address that the socket is bound to. Throws std::runtime_error when the descriptor is not a socket.
SocketAddress boundAddress(int socket);

/// Formats the address as parseAddress() reads it.
std::string formatAddress(const SocketAddress& address);

/// The value of Peer::address: the address without the port, IPv4-mapped addresses as IPv4; "unix" for a Unix
/// socket.
std::string formatPeer(const SocketAddress& address);

/// Whether a socket listening there can be reached only from this machine: a Unix socket or a loopback
/// address, but no wildcard.
bool isOnThisMachineOnly(const SocketAddress& address);

/// The path of a Unix socket address.
std::string unixPath(const SocketAddress& address);

}  // namespace glitch_protocol::web
