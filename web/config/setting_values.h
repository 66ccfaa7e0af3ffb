// The syntax of the values of settings. Each function throws BadValue with the reason for anything else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/config/config.h"
#include "web/http/client_address.h"

namespace glitch_protocol::web {

/// Decimal digits only.
std::int64_t parseNumber(std::string_view text, std::int64_t least, std::int64_t most);

/// Bytes: digits, optionally followed by K, M or G for 1024, 1024² or 1024³.
std::int64_t parseBytes(std::string_view text, std::int64_t least, std::int64_t most);

/// The items between the commas, without blanks around them; no items for `none`. Empty and repeated items are
/// refused.
std::vector<std::string> parseList(std::string_view text);

/// An address that a listener accepts (web/connection/address.h).
void checkListenAddress(std::string_view text);

/// An origin that ApiConfig::allowedOrigins accepts (web/http/origin.h).
void checkOrigin(std::string_view text);

/// A list of addresses, ranges in CIDR notation and the word `unix`, or `none` (client_address.h).
TrustedProxies parseProxies(std::string_view text);

/// A name that ApiConfig::cookieName accepts with secure cookies (web/http/cookies.h).
void checkCookieName(std::string_view text);

/// `COUNT/WINDOW`, as in `10/5m` (units s, m, h; at most 24h), or nothing for `off`.
std::optional<RateLimit> parseRateLimit(std::string_view text);

}  // namespace glitch_protocol::web
