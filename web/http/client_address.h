// Finds the client address of a request: the address of the peer or, behind trusted proxies, the forwarded
// one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/ip_address.h"

namespace glitch_protocol::web {

/// The proxies whose X-Forwarded-For is believed. An empty list trusts no proxy. *Immutable.*
class TrustedProxies {
 public:
  TrustedProxies() = default;

  /// Each entry is an address ("10.0.0.1", "::1"), a range ("10.0.0.0/8", "fd00::/8"; bits after the prefix
  /// are ignored) or the word "unix", which trusts every process that can open the Unix socket. Throws
  /// std::invalid_argument with a sentence that names the first invalid entry.
  static TrustedProxies parse(const std::vector<std::string>& entries);

  bool trust(const IpAddress&) const;
  bool trustUnixPeers() const { return trustUnixPeers_; }
  /// What was parsed.
  const std::vector<std::string>& entries() const { return entries_; }
  bool empty() const { return ranges_.empty() && !trustUnixPeers_; }

 private:
  struct Range {
    IpAddress network;
    std::size_t prefixBits = 128;
  };

  std::vector<std::string> entries_;
  std::vector<Range> ranges_;
  bool trustUnixPeers_ = false;
};

/// Returns the address of the peer or, when the peer is a trusted proxy, the right-most entry of
/// X-Forwarded-For that is not a trusted proxy. `forwardedFor` holds the values of all fields of that name in
/// the order received. Entries to the left of an invalid one are ignored: then, and when every entry is a
/// trusted proxy, the result is the last trusted hop. `peer` is an address or "unix"; any other text is
/// returned unchanged.
std::string clientAddress(std::string_view peer, const std::vector<std::string_view>& forwardedFor,
                          const TrustedProxies&);

/// The key under which connections of this peer are counted: its site (IPv4 address or IPv6 /64). "" for
/// trusted proxies and for peers of a Unix socket, which are not counted.
std::string shareOf(std::string_view peer, const TrustedProxies&);

}  // namespace glitch_protocol::web
