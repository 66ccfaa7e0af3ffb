// Whose address a request is counted and logged under: the peer's, or, behind trusted proxies, the client's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glitch_protocol::web {

/// An IPv4 or IPv6 address. IPv4 is kept as IPv4-mapped IPv6 (::ffff:a.b.c.d), so that both spellings are one
/// address. *Immutable.*
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  /// Nothing for whatever is not exactly one address: no zone, no port, no brackets, no blanks.
  static std::optional<IpAddress> parse(std::string_view text);
  /// "203.0.113.7", "2001:db8::1"; IPv4-mapped addresses as IPv4.
  std::string text() const;
  /// What counts as one client: an IPv4 address itself, an IPv6 one's /64 (the rest is zero), for that is
  /// what one subscriber gets.
  IpAddress site() const;

  bool operator==(const IpAddress&) const = default;
};

/// What stands for one client where clients are counted: the text of the address's site(); what is no address
/// ("unix") as it is.
std::string siteOf(std::string_view address);

/// The proxies whose X-Forwarded-For is believed. The empty one trusts nobody. *Immutable.*
class TrustedProxies {
 public:
  TrustedProxies() = default;

  /// Each entry is an address ("10.0.0.1", "::1"), a range ("10.0.0.0/8", "fd00::/8"; bits past the prefix
  /// are ignored) or the word "unix", which trusts whoever may open the Unix socket. Throws
  /// std::invalid_argument with a sentence that names the first bad entry.
  static TrustedProxies parse(const std::vector<std::string>& entries);

  bool trust(const IpAddress&) const;
  bool trustUnixPeers() const { return trustUnixPeers_; }
  bool empty() const { return ranges_.empty() && !trustUnixPeers_; }

 private:
  struct Range {
    IpAddress network;
    std::size_t prefixBits = 128;
  };

  std::vector<Range> ranges_;
  bool trustUnixPeers_ = false;
};

/// The peer's address, or, when the peer is a trusted proxy, the right-most entry of X-Forwarded-For that is
/// not one. `forwardedFor` holds the values of all fields of that name, in the order received. What stands to
/// the left of an entry that is no address is not believed: then, and when every entry is a trusted proxy,
/// the answer is the last trusted hop. `peer` is an address or "unix"; anything else is returned as it is.
std::string clientAddress(std::string_view peer, const std::vector<std::string_view>& forwardedFor,
                          const TrustedProxies&);

/// Whose share of the connections a peer's count towards: its site's; "", nobody's, for a trusted proxy and for
/// the peers of a Unix socket.
std::string shareOf(std::string_view peer, const TrustedProxies&);

}  // namespace glitch_protocol::web
