// Validates host names and ports in Host fields, URLs, origins and listen addresses.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace glitch_protocol::inline v1 {

/// Parses 0 to 65535 in decimal digits; nothing for any other text.
std::optional<std::uint16_t> parsePort(std::string_view text);

/// Whether the text is valid as a Host field or as the authority of a request target (RFC 3986 3.2): a registered
/// name, an IPv4 address, or an IPv6 address in brackets, optionally followed by ':' and a port, which may be
/// empty. Stricter than the RFC: not empty, no user information, no percent-encoding.
bool isHost(std::string_view text);

}  // namespace glitch_protocol::inline v1
