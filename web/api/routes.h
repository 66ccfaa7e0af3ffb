// The table of contents of the server: every route and the checks that precede its handler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "web/api/principal.h"
#include "web/connection/exchange.h"
#include "web/http/router.h"

namespace glitch_protocol::web {

class Context;

/// The name of a route in code. `other` stands for requests without a row.
enum class RouteId : std::uint8_t {
  verify,
  refresh,
  login,
  registerUser,
  logout,
  changePassword,
  me,
  activity,
  listSessions,
  terminateSession,
  terminateOtherSessions,
  events,
  openApi,
  healthz,
  readyz,
  other,
};
inline constexpr std::size_t routeIds = static_cast<std::size_t>(RouteId::other) + 1;

/// Who may call a route; checked before the handler runs (admission.h). The routes that an
/// embedding app adds check their callers in web/embed/auth.cpp.
enum class Access : std::uint8_t {
  open,          ///< anyone
  bearer,        ///< the access token of a live session
  refreshToken,  ///< a refresh token in the body or, from an allowed origin, in the cookie; checked by the engine
  bearerOrRefreshToken,  ///< to sign out, the first that is present of: a refresh token in the body, an access
                         ///< token (the session may have ended), the cookie (from an allowed origin); the
                         ///< cookie also when the access token is refused
  bearerOrRefreshCookie,  ///< to open a stream: the access token or (from an allowed origin) the cookie of a live
                          ///< session
};

/// Whether a request must have a body.
enum class Body : std::uint8_t { none, optional, required };

/// The media types that a route accepts for its body.
enum class MediaTypes : std::uint8_t {
  none,
  json,        ///< application/json
  form,        ///< application/x-www-form-urlencoded
  jsonOrForm,  ///< either
};

/// The rate limit that applies to a request (`x-rate-limits` in openapi.json).
enum class Limit : std::uint8_t { none, registrations, signIns, passwordChecks, refreshes };

/// A column without a default: a row that omits it does not compile. *Immutable.*
template <class Decision>
class Decided {
 public:
  constexpr Decided(Decision decision) : decision_(decision) {}
  constexpr operator Decision() const { return decision_; }

 private:
  Decision decision_;
};

/// A handler function; its parameters determine what admission passes to it. *Immutable.*
class Handler {
 public:
  using Open = void (*)(Context&);
  using WithSignedIn = void (*)(Context&, const SignedIn&);
  using WithToken = void (*)(Context&, const PresentedToken&);
  using WithSigningOut = void (*)(Context&, const SigningOut&);
  using WithPrincipal = void (*)(Context&, const Principal&);
  using Function = std::variant<Open, WithSignedIn, WithToken, WithSigningOut, WithPrincipal>;

  template <class Parameters>
  constexpr Handler(Parameters handler) : function_(handler) {}

  constexpr const Function& function() const { return function_; }
  /// The access that the parameters imply.
  constexpr Access access() const { return static_cast<Access>(function_.index()); }

 private:
  Function function_;  // the alternatives are in the order of Access
};

struct Route {
  RouteId id;
  std::string_view method;
  std::string_view path;
  Decided<Access> access;
  Decided<Body> body;
  Decided<MediaTypes> types;
  Decided<Limit> limit;
  Decided<Lane> lane;
  Handler handler;
};

/// Every route of openapi.json.
std::span<const Route> routes();

/// The route for a request: a row of the router, or a built-in route that refuses requests without a row
/// (NOT_FOUND, METHOD_NOT_ALLOWED) or answers OPTIONS on a known path. Valid until the process ends.
const Route& routeOf(const Router<Route>& router, const Request& request);

}  // namespace glitch_protocol::web
