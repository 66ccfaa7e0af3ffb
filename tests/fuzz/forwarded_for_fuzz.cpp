// Fuzzes X-Forwarded-For: whatever it contains, the client address is an address, and never one that appears
// only in an untrusted part of the field.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "web/http/client_address.h"

using glitch_protocol::IpAddress;
using namespace glitch_protocol::web;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TrustedProxies proxies = TrustedProxies::parse({"10.0.0.0/8", "fd00::/8"});
  const std::string_view field(reinterpret_cast<const char*>(data), size);
  if (clientAddress("203.0.113.7", {field}, proxies) != "203.0.113.7") std::abort();
  const std::string seen = clientAddress("10.0.0.1", {field}, proxies);
  const auto address = IpAddress::parse(seen);
  if (!address || address->text() != seen) std::abort();
  if (clientAddress("10.0.0.1", {field, "198.51.100.1"}, proxies) != "198.51.100.1") std::abort();
  if (const auto parsed = IpAddress::parse(field)) {
    if (IpAddress::parse(parsed->text()) != parsed) std::abort();
  }
  return 0;
}
