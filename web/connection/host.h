#pragma once

#include <string_view>

namespace glitch_protocol::web {

/// Whether the text is what a Host field or a target's authority may hold (RFC 3986 3.2): a registered name,
/// an IPv4 address or an IPv6 address in brackets, then perhaps ':' and a port. Stricter than the RFC: not
/// empty, no user information, no percent-encoding.
bool isHost(std::string_view text);

}  // namespace glitch_protocol::web
