#include "web/connection/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <variant>

#include "engine/text/host.h"

namespace glitch_protocol::web {
namespace {

constexpr std::string_view unixPrefix = "unix:";

/// An address, or the reason why the text is not one.
using Reading = std::variant<SocketAddress, std::string>;

/// Socket address structs may only be converted by copying their bytes.
template <class Specific>
Specific as(const SocketAddress& address) {
  Specific specific{};
  std::memcpy(&specific, &address.storage, sizeof specific);
  return specific;
}

template <class Specific>
SocketAddress from(const Specific& specific, std::size_t length = sizeof(Specific)) {
  SocketAddress address;
  std::memcpy(&address.storage, &specific, length);
  address.length = static_cast<socklen_t>(length);
  return address;
}

Reading readUnix(std::string_view path) {
  sockaddr_un address{};
  constexpr std::size_t maxLength = sizeof address.sun_path - 1;
  if (!path.starts_with('/')) return "the path of a Unix socket must begin with /";
  if (path.size() > maxLength)
    return "the path of a Unix socket may have at most " + std::to_string(maxLength) + " characters";
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  return from(address, offsetof(sockaddr_un, sun_path) + path.size() + 1);
}

Reading readIpv6(const std::string& host, std::uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  if (::inet_pton(AF_INET6, host.c_str(), &address.sin6_addr) != 1)
    return "\"" + host + "\" is not an IPv6 address";
  return from(address);
}

Reading readIpv4(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1)
    return "\"" + host + "\" is neither an IPv4 address nor an IPv6 address in brackets";
  return from(address);
}

Reading read(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return "it contains a NUL character";
  if (text.starts_with(unixPrefix)) return readUnix(text.substr(unixPrefix.size()));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return "the port is missing";
  const auto port = parsePort(text.substr(colon + 1));
  if (!port) return "the port is not a number from 0 to 65535";
  const std::string host(text.substr(0, colon));
  if (host.size() >= 2 && host.starts_with('[') && host.ends_with(']'))
    return readIpv6(host.substr(1, host.size() - 2), *port);
  return readIpv4(host, *port);
}

template <std::size_t size>
std::string printed(int family, const void* bytes) {
  std::array<char, size> text{};
  ::inet_ntop(family, bytes, text.data(), size);
  return text.data();
}

std::string formatIpv4(const in_addr& address) {
  return printed<INET_ADDRSTRLEN>(AF_INET, &address);
}

std::string formatIpv6(const in6_addr& address) {
  return printed<INET6_ADDRSTRLEN>(AF_INET6, &address);
}

}  // namespace

SocketAddress parseAddress(std::string_view text) {
  const Reading reading = read(text);
  if (const auto* address = std::get_if<SocketAddress>(&reading)) return *address;
  throw std::runtime_error("Cannot listen on \"" + std::string(text) +
                           "\": " + std::get<std::string>(reading) +
                           ". Use an address such as 127.0.0.1:8080, [::1]:8080 or "
                           "unix:/run/auth-server/auth.sock.");
}

std::optional<std::string> problemWithAddress(std::string_view text) {
  const Reading reading = read(text);
  const auto* error = std::get_if<std::string>(&reading);
  return error == nullptr ? std::nullopt : std::optional(*error);
}

SocketAddress boundAddress(int socket) {
  SocketAddress address;
  address.length = sizeof address.storage;
  if (::getsockname(socket, address.get(), &address.length) != 0)
    throw std::runtime_error("Descriptor " + std::to_string(socket) + " is not a socket.");
  return address;
}

std::string formatAddress(const SocketAddress& address) {
  if (address.family() == AF_UNIX) return std::string(unixPrefix) + unixPath(address);
  if (address.family() == AF_INET6) {
    const auto ipv6 = as<sockaddr_in6>(address);
    return '[' + formatIpv6(ipv6.sin6_addr) + "]:" + std::to_string(ntohs(ipv6.sin6_port));
  }
  const auto ipv4 = as<sockaddr_in>(address);
  return formatIpv4(ipv4.sin_addr) + ':' + std::to_string(ntohs(ipv4.sin_port));
}

std::string formatPeer(const SocketAddress& address) {
  if (address.family() == AF_UNIX) return "unix";
  if (address.family() == AF_INET) return formatIpv4(as<sockaddr_in>(address).sin_addr);
  const in6_addr ipv6 = as<sockaddr_in6>(address).sin6_addr;
  if (!IN6_IS_ADDR_V4MAPPED(&ipv6)) return formatIpv6(ipv6);
  in_addr ipv4{};
  std::memcpy(&ipv4, &ipv6.s6_addr[12], sizeof ipv4);
  return formatIpv4(ipv4);
}

bool isOnThisMachineOnly(const SocketAddress& address) {
  if (address.family() == AF_UNIX) return true;
  const std::string text = formatPeer(address);
  return text.starts_with("127.") || text == "::1";
}

std::string unixPath(const SocketAddress& address) {
  return as<sockaddr_un>(address).sun_path;
}

}  // namespace glitch_protocol::web
