// Parses and formats IP addresses, and groups them by site.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/site.h"

namespace glitch_protocol::inline v1 {

/// An IPv4 or IPv6 address. IPv4 is stored as IPv4-mapped IPv6 (::ffff:a.b.c.d), so that both notations are the same
/// address. *Immutable.*
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  /// Returns nothing unless `text` is exactly one address, without zone, port, brackets or white space.
  static std::optional<IpAddress> parse(std::string_view text);
  /// "203.0.113.7", "2001:db8::1"; IPv4-mapped addresses as IPv4.
  std::string text() const;
  /// The addresses that count as one client (site.h); of an IPv6 address all but the first 64 bits are zero.
  IpAddress site() const;

  /// Whether this is an IPv4 address.
  bool isMapped() const;

  bool operator==(const IpAddress&) const = default;
};

}  // namespace glitch_protocol::inline v1
