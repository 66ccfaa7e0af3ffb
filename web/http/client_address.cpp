#include "web/http/client_address.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <stdexcept>

#include "engine/text/ascii.h"
#include "engine/text/host.h"

namespace glitch_protocol::web {

namespace {

constexpr std::size_t mappedPrefixBits = 96;

/// An entry in one of the forms that proxies write: a bare address, `1.2.3.4:port`, `[v6]` or `[v6]:port`.
std::optional<IpAddress> parseEntry(std::string_view entry) {
  if (entry.starts_with('[')) {
    const auto end = entry.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const auto rest = entry.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || !parsePort(rest.substr(1)))) return std::nullopt;
    return IpAddress::parse(entry.substr(1, end - 1));
  }
  const auto colon = entry.find(':');
  const bool hasPort = colon != std::string_view::npos && entry.find('.') < colon &&
                       parsePort(entry.substr(colon + 1)).has_value();
  return IpAddress::parse(hasPort ? entry.substr(0, colon) : entry);
}

bool samePrefix(const IpAddress& a, const IpAddress& b, std::size_t bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + static_cast<std::ptrdiff_t>(whole), b.bytes.begin()))
    return false;
  if (bits % 8 == 0) return true;
  return ((a.bytes[whole] ^ b.bytes[whole]) >> (8 - bits % 8)) == 0;
}

std::size_t parsePrefix(std::string_view digits, std::size_t max, const std::string& entry) {
  std::size_t bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc{} || end != digits.data() + digits.size() || bits > max) {
    throw std::invalid_argument("\"" + entry + "\" has no valid prefix length; use 0 to " +
                                std::to_string(max));
  }
  return bits;
}

}  // namespace

TrustedProxies TrustedProxies::parse(const std::vector<std::string>& entries) {
  TrustedProxies proxies;
  proxies.entries_ = entries;
  for (const std::string& entry : entries) {
    if (entry == "unix") {
      proxies.trustUnixPeers_ = true;
      continue;
    }
    const auto slash = entry.find('/');
    const auto address = IpAddress::parse(std::string_view(entry).substr(0, slash));
    if (!address) {
      throw std::invalid_argument("\"" + entry +
                                  "\" is neither an address such as 10.0.0.1, nor a range such as "
                                  "10.0.0.0/8, nor the word unix");
    }
    Range range{*address, 128};
    if (slash != std::string::npos) {
      const std::size_t offset = entry.find(':') == std::string::npos ? mappedPrefixBits : 0;
      range.prefixBits = offset + parsePrefix(std::string_view(entry).substr(slash + 1), 128 - offset, entry);
    }
    proxies.ranges_.push_back(range);
  }
  return proxies;
}

bool TrustedProxies::trust(const IpAddress& address) const {
  return std::ranges::any_of(
      ranges_, [&](const Range& range) { return samePrefix(range.network, address, range.prefixBits); });
}

std::string clientAddress(std::string_view peer, const std::vector<std::string_view>& forwardedFor,
                          const TrustedProxies& proxies) {
  const auto peerAddress = IpAddress::parse(peer);
  const bool trusted = peerAddress ? proxies.trust(*peerAddress) : peer == "unix" && proxies.trustUnixPeers();
  std::string believed = peerAddress ? peerAddress->text() : std::string(peer);
  if (!trusted) return believed;

  for (auto field = forwardedFor.rbegin(); field != forwardedFor.rend(); ++field) {
    std::string_view rest = *field;
    while (!rest.empty()) {
      const auto comma = rest.rfind(',');
      const auto entry = trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
      const auto address = parseEntry(entry);
      if (!address) return believed;
      believed = address->text();
      if (!proxies.trust(*address)) return believed;
    }
  }
  return believed;
}

std::string shareOf(std::string_view peer, const TrustedProxies& proxies) {
  const auto address = IpAddress::parse(peer);
  return address && !proxies.trust(*address) ? address->site().text() : "";
}

}  // namespace glitch_protocol::web
