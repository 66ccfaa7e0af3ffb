// Host names and ports, as Host fields, URLs, origins and listen addresses write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace glitch_protocol {

/// 0 to 65535 in decimal digits alone; nothing for any other text.
std::optional<std::uint16_t> parsePort(std::string_view text);

/// Whether the text is what a Host field or a target's authority may hold (RFC 3986 3.2): a registered name, an IPv4
/// address or an IPv6 address in brackets, then perhaps ':' and a port, which may be empty. Stricter than the RFC: not
/// empty, no user information, no percent-encoding.
bool isHost(std::string_view text);

}  // namespace glitch_protocol
