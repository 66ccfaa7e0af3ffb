// Fuzzes configured addresses: where to listen and which proxies to trust. An accepted address is printed in
// one form, which is accepted again as the same address.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "web/connection/address.h"
#include "web/http/client_address.h"

namespace {

using glitch_protocol::IpAddress;
using namespace glitch_protocol::web;

void require(bool condition) {
  if (!condition) std::abort();
}

void checkListen(std::string_view text) {
  SocketAddress address;
  try {
    address = parseAddress(text);
  } catch (const std::runtime_error& refused) {
    require(*refused.what() != '\0');
    return;
  }
  require(address.length <= sizeof address.storage);
  const SocketAddress again = parseAddress(formatAddress(address));
  require(again.length == address.length);
  require(std::memcmp(&again.storage, &address.storage, sizeof address.storage) == 0);
  const std::string peer = formatPeer(address);
  require(peer == "unix" || (IpAddress::parse(peer) && IpAddress::parse(peer)->text() == peer));
}

void checkTrust(const std::string& text) {
  const auto address = IpAddress::parse(text);
  if (address) require(IpAddress::parse(address->text()) == address);
  TrustedProxies proxies;
  try {
    proxies = TrustedProxies::parse({text});
  } catch (const std::invalid_argument& refused) {
    require(*refused.what() != '\0' && !address);
    return;
  }
  require(!proxies.empty() && proxies.trustUnixPeers() == (text == "unix"));
  if (text == "unix") return;
  const std::size_t slash = text.find('/');
  auto network = IpAddress::parse(text.substr(0, slash));
  require(network && proxies.trust(*network));
  // The range ends at its prefix: flipping one more bit inside the prefix gives another network.
  const std::size_t all = text.find(':') == std::string::npos ? 32 : 128;
  const std::size_t bits = slash == std::string::npos ? all : std::stoul(text.substr(slash + 1));
  require(bits <= all);
  if (bits == 0) return;
  const std::size_t last = 128 - all + bits - 1;
  network->bytes[last / 8] ^= static_cast<std::uint8_t>(0x80U >> (last % 8));
  require(!proxies.trust(*network));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // auth.conf, the environment and the command line cannot contain a NUL.
  if (size > 0 && std::memchr(data, 0, size) != nullptr) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  checkListen(text);
  checkTrust(text);
  return 0;
}
