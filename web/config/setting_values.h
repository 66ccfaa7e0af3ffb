// How the values of settings are written. Each function throws BadValue, saying why, for anything else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/client_address.h"
#include "web/config/config.h"

namespace glitch_protocol::web {

/// Decimal digits only.
std::int64_t parseNumber(std::string_view text, std::int64_t least, std::int64_t most);

/// The items between the commas, without the blanks around them; no items for `none`. Empty and repeated
/// items are refused.
std::vector<std::string> parseList(std::string_view text);

/// `127.0.0.1:8080`, `[::1]:8080` or `unix:/path`. Names of hosts are not looked up.
void checkListenAddress(std::string_view text);

/// `scheme://host` or `scheme://host:port`, exactly as browsers send it (RFC 6454, 6.2).
void checkOrigin(std::string_view text);

/// A list of addresses, ranges in CIDR notation and the word `unix`, or `none` (client_address.h).
TrustedProxies parseProxies(std::string_view text);

/// A cookie's name (RFC 6265, 4.1.1) that browsers accept with Path=/api.
void checkCookieName(std::string_view text);

/// `COUNT/WINDOW`, as in `10/5m` (units s, m, h; at most 24h), or nothing for `off`.
std::optional<RateLimit> parseRateLimit(std::string_view text);

}  // namespace glitch_protocol::web
