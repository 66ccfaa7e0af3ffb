// Internet addresses, and which of them count as one place.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glitch_protocol {

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

  /// Whether this is an IPv4 address.
  bool isMapped() const;

  bool operator==(const IpAddress&) const = default;
};

/// The text of the address's site; a text that is no address ("unix", "") stands for itself.
std::string siteOf(std::string_view address);

}  // namespace glitch_protocol
