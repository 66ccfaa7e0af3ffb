// Finds a cookie in a request and formats the cookies that answers set (RFC 6265).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "web/http/field.h"

namespace glitch_protocol::web {

enum class Found { none, one, several };

/// What a request has under a cookie name. The default is "none".
struct CookieLookup {
  Found found = Found::none;
  std::string value;  ///< for Found::one; without surrounding quotes
};

/// Searches all Cookie fields of one request. Names are case-sensitive. Malformed pairs are skipped; a cookie
/// with an empty value is found.
CookieLookup findCookie(const FieldList& fields, std::string_view name);

enum class CookieTransport { secureOnly, anyTransport };

/// Why browsers would reject a cookie of this name with Path=/api, as the end of a sentence ("has more than
/// 64 characters"); nothing when they accept it. The name prefixes with a meaning for browsers are compared
/// as browsers do, ignoring case (RFC 6265bis, 4.1.3).
std::optional<std::string> problemWithCookieName(std::string_view name, CookieTransport);

/// The cookie by which an account recognises a browser.
inline constexpr std::string_view deviceCookieName = "device";

/// Which requests carry a cookie, and for how long.
struct CookieScope {
  std::string_view path;
  std::chrono::seconds lifetime{0};  ///< 0: browsers remove the cookie
  CookieTransport transport = CookieTransport::secureOnly;
};

/// The value of Set-Cookie for a cookie that scripts cannot read and that other sites' requests do not carry.
/// `value` must not contain control characters, blanks, quotes, commas, semicolons or backslashes.
std::string cookieField(std::string_view name, std::string_view value, const CookieScope&);

}  // namespace glitch_protocol::web
