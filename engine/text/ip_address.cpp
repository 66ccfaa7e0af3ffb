// Parses and formats with inet_pton and inet_ntop.
#include "engine/text/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

namespace glitch_protocol::inline v1 {

namespace {

constexpr std::array<std::uint8_t, 12> mappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.empty() || text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  const std::string terminated(text);
  IpAddress address;
  if (text.find(':') != std::string_view::npos) {
    if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) != 1) return std::nullopt;
    return address;
  }
  std::copy(mappedPrefix.begin(), mappedPrefix.end(), address.bytes.begin());
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data() + mappedPrefix.size()) != 1)
    return std::nullopt;
  return address;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const bool four = isMapped();
  inet_ntop(four ? AF_INET : AF_INET6, bytes.data() + (four ? mappedPrefix.size() : 0), buffer.data(),
            buffer.size());
  return buffer.data();
}

IpAddress IpAddress::site() const {
  IpAddress site = *this;
  if (!isMapped()) std::fill(site.bytes.begin() + 8, site.bytes.end(), std::uint8_t{0});
  return site;
}

bool IpAddress::isMapped() const {
  return std::equal(mappedPrefix.begin(), mappedPrefix.end(), bytes.begin());
}

std::string siteOf(std::string_view address) {
  const auto parsed = IpAddress::parse(address);
  return parsed ? parsed->site().text() : std::string(address);
}

}  // namespace glitch_protocol::inline v1
