// One request for /readyz, of whose answer only the status line is read.
#include "web/doctor/health_probe.h"

#include <netdb.h>
#include <netinet/in.h>

#include <csignal>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace glitch_protocol::web {
namespace {

constexpr std::string_view readinessPath = "/readyz";

/// The port; nothing for a Unix socket.
std::optional<in_port_t> portOf(const SocketAddress& address) {
  if (address.family() == AF_INET) {
    sockaddr_in specific{};
    std::memcpy(&specific, &address.storage, sizeof specific);
    return specific.sin_port;
  }
  if (address.family() == AF_INET6) {
    sockaddr_in6 specific{};
    std::memcpy(&specific, &address.storage, sizeof specific);
    return specific.sin6_port;
  }
  return std::nullopt;
}

std::vector<SocketAddress> resolve(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0)
    throw std::runtime_error("cannot find the address of " + host + ": " + ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    address.length = each->ai_addrlen;
    addresses.push_back(address);
  }
  return addresses;
}

std::string statusLine(const ProbeTarget& target, std::chrono::milliseconds patience) {
  constexpr std::size_t longestLine = 1024;
  TlsChannel channel(target.name, patience);
  channel.connect(target.addresses);
  if (target.tls) channel.encrypt(target.host, *target.tls);
  channel.send("GET " + target.path + " HTTP/1.1\r\nHost: " + target.hostField +
               "\r\nUser-Agent: auth-server health\r\nConnection: close\r\n\r\n");
  return channel.receiveLine(longestLine);
}

}  // namespace

ProbeTarget probeTargetOf(const Config& config) {
  const std::string& text = config.listen.front();
  ProbeTarget target;
  target.addresses.push_back(parseAddress(text));  // connecting to a wildcard address reaches this machine
  const std::optional<in_port_t> port = portOf(target.addresses.front());
  if (port == in_port_t{0})
    throw std::runtime_error("the setting listen leaves the port to the system (" + text +
                             "); name the server with --url");
  const bool isEncrypted = port && !config.tlsCertificate.empty();  // Unix sockets never are
  if (isEncrypted) target.tls = ServerTrust::any;
  if (port) target.name = isEncrypted ? "https://" : "http://";
  target.name += text;
  target.host = "localhost";
  target.hostField = target.host;
  target.path = readinessPath;
  return target;
}

ProbeTarget probeTargetOf(const ServerUrl& url) {
  const std::string origin = url.origin();
  ProbeTarget target;
  target.name = origin + url.base;
  target.addresses = resolve(url.host, url.port);
  if (url.isEncrypted()) target.tls = ServerTrust::name;
  target.host = url.host;
  target.hostField = origin.substr(origin.find("//") + 2);
  target.path = url.base + std::string(readinessPath);
  return target;
}

void requireReady(const ProbeTarget& target, std::chrono::milliseconds patience) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::string line = statusLine(target, patience);
  constexpr std::string_view version = "HTTP/1.1 ";
  if (!line.starts_with(version))
    throw std::runtime_error(target.name +
                             " did not answer in HTTP; compare its address and its TLS with the server's");
  const std::string status = line.substr(version.size(), 3);
  if (status == "200") return;
  if (status == "503")
    throw std::runtime_error(target.name + " is not ready (status 503); the log of the server says why");
  throw std::runtime_error(target.name + " answered GET " + target.path + " with status " + status +
                           "; is it an auth-server?");
}

}  // namespace glitch_protocol::web
