#include "web/http/cookies.h"

#include "engine/text/ascii.h"

namespace glitch_protocol::web {

namespace {

std::string_view unquote(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

void note(CookieLookup& lookup, std::string_view value) {
  lookup.found = lookup.found == Found::none ? Found::one : Found::several;
  lookup.value = unquote(trim(value));
}

}  // namespace

CookieLookup findCookie(const FieldList& fields, std::string_view name) {
  CookieLookup lookup;
  for (const Field& field : fields) {
    if (!equalIgnoringCase(field.name, "Cookie")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const auto end = rest.find(';');
      const auto pair = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) continue;
      note(lookup, pair.substr(equals + 1));
    }
  }
  return lookup;
}

std::optional<std::string> problemWithCookieName(std::string_view name, CookieTransport transport) {
  constexpr std::string_view tokenCharacters =  // RFC 9110, 5.6.2
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const auto beginsWith = [&](std::string_view prefix) {
    return equalIgnoringCase(name.substr(0, prefix.size()), prefix);
  };
  if (name.size() > 64) return "has more than 64 characters";
  if (name == deviceCookieName) return "is reserved for the cookie by which an account recognises a browser";
  if (name.empty() || name.find_first_not_of(tokenCharacters) != std::string_view::npos)
    return "is not a valid cookie name: use letters, digits, - and _";
  if (beginsWith("__Host-"))
    return "begins with __Host-: browsers accept such a cookie only for the path /, and this one has /api";
  if (transport == CookieTransport::anyTransport && (beginsWith("__Secure-") || beginsWith("__Http-")))
    return "begins with __Secure- or __Http-: browsers refuse such a cookie without Secure, and "
           "cookie_secure is false";
  return std::nullopt;
}

std::string cookieField(std::string_view name, std::string_view value, const CookieScope& scope) {
  std::string field(name);
  field.append("=").append(value).append("; Path=").append(scope.path).append("; HttpOnly");
  if (scope.transport == CookieTransport::secureOnly) field += "; Secure";
  return field.append("; SameSite=Strict; Max-Age=").append(std::to_string(scope.lifetime.count()));
}

}  // namespace glitch_protocol::web
