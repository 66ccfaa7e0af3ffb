// Cookies: finding one in a request, writing ours into an answer (RFC 6265).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "web/http/field.h"

namespace glitch_protocol::web {

enum class Found { none, one, several };

/// What a request holds under a cookie's name. The zero value is "nothing".
struct CookieLookup {
  Found found = Found::none;
  std::string value;  ///< when there is one; without surrounding quotes
};

/// Looks through all Cookie fields of one request. Names compare exactly. Pairs that cannot be
/// read are passed over; an empty value counts as a cookie.
CookieLookup findCookie(const FieldList& fields, std::string_view name);

enum class CookieTransport { secureOnly, anyTransport };

/// Why browsers would not keep a cookie of this name that is sent so, with Path=/api, as the end of a sentence
/// ("has more than 64 characters"); nothing when they do. The prefixes that have a meaning for browsers are
/// compared as browsers do, whatever the case (RFC 6265bis, 4.1.3).
std::optional<std::string> faultOfCookieName(std::string_view name, CookieTransport);

/// The values of Set-Cookie: one that keeps `token` for `lifetime`, one that removes it. `token` must be free
/// of control characters, blanks, quotes, commas, semicolons and backslashes.
std::string refreshCookie(std::string_view name, std::string_view token, std::chrono::seconds lifetime,
                          CookieTransport);
std::string clearedRefreshCookie(std::string_view name, CookieTransport);

/// The cookie by which an account recognises a browser. Sent back to the login only.
inline constexpr std::string_view deviceCookieName = "device";
std::string deviceCookie(std::string_view token, std::chrono::seconds lifetime, CookieTransport);

}  // namespace glitch_protocol::web
