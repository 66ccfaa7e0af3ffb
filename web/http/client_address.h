// Whose address a request is counted and logged under: the peer's, or, behind trusted proxies, the client's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/ip_address.h"

namespace glitch_protocol::web {

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
