// Looks at the files of the configured server and at the network addresses of this machine.
#include "web/doctor/host_facts.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/vfs.h>

#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <system_error>

#include "web/config/jwt_secret.h"
#include "web/config/tls_files.h"
#include "web/connection/address.h"
#include "web/doctor/tls_probe.h"

namespace glitch_protocol::web {
namespace {

/// Runs `check` and collects its refusals as sentences.
template <class Check>
void addFaults(std::vector<std::string>& sentences, Check check) {
  try {
    check();
  } catch (const ConfigError& refused) {
    sentences.insert(sentences.end(), refused.errors().begin(), refused.errors().end());
  } catch (const std::exception& error) {
    sentences.emplace_back(error.what());
  }
}

std::uint64_t filesystemOf(const std::string& directory) {
  struct statfs facts {};
  if (::statfs(directory.c_str(), &facts) != 0) return 0;
  return static_cast<std::uint32_t>(facts.f_type);
}

}  // namespace

std::optional<HostEvidence> lookAtHost(const Config& config,
                                       const std::function<void(const Config&)>& checkDatabase) {
  std::error_code missing;
  if (!std::filesystem::exists(config.database, missing)) return std::nullopt;
  HostEvidence host;
  addFaults(host.exposedFiles, [&] { checkJwtSecret(config); });
  addFaults(host.exposedFiles, [&] { checkTlsFiles(config); });
  addFaults(host.exposedFiles, [&] { checkDatabase(config); });
  // The name may be a symbolic link.
  const std::filesystem::path file = std::filesystem::canonical(config.database, missing);
  host.databaseDirectory = file.parent_path().string();
  host.filesystem = filesystemOf(host.databaseDirectory);
  if (!config.tlsCertificate.empty())
    addFaults(host.exposedFiles, [&] { host.certificateFile = readCertificate(config.tlsCertificate); });
  host.trustedProxies = config.trustedProxies;
  return host;
}

std::vector<std::string> ownAddresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, ::freeifaddrs);
  std::vector<std::string> addresses;
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    const int family = one->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    SocketAddress address;
    address.length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    std::memcpy(&address.storage, one->ifa_addr, address.length);
    addresses.push_back(formatPeer(address));
  }
  return addresses;
}

}  // namespace glitch_protocol::web
