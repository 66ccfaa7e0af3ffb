#include "web/api/routes.h"

#include <algorithm>
#include <array>

#include "web/api/handlers/handlers.h"

namespace glitch_protocol::web {

namespace {

// clang-format off
constexpr std::array table = std::to_array<Route>({
    {RouteId::verify,         "GET",  "/api/auth/verify",   Access::bearer,               Body::none,     MediaTypes::none, Limit::none,           Lane::inlined, handlers::verify},
    {RouteId::refresh,        "POST", "/api/auth/refresh",  Access::refreshToken,         Body::optional, MediaTypes::json, Limit::refreshes,      Lane::commit,  handlers::refresh},
    {RouteId::login,          "POST", "/api/auth/login",    Access::open,                 Body::required, MediaTypes::json, Limit::signIns,        Lane::hashing, handlers::login},
    {RouteId::registerUser,   "POST", "/api/auth/register", Access::open,                 Body::required, MediaTypes::json, Limit::registrations,  Lane::hashing, handlers::registerUser},
    {RouteId::logout,         "POST", "/api/auth/logout",   Access::bearerOrRefreshToken, Body::optional, MediaTypes::json, Limit::none,           Lane::commit,  handlers::logout},
    {RouteId::changePassword, "POST", "/api/auth/password", Access::bearer,               Body::required, MediaTypes::json, Limit::passwordChecks, Lane::hashing, handlers::changePassword},
    {RouteId::me,             "GET",  "/api/auth/me",       Access::bearer,               Body::none,     MediaTypes::none, Limit::none,           Lane::inlined, handlers::me},
    {RouteId::activity,       "GET",  "/api/auth/activity", Access::bearer,               Body::none,     MediaTypes::none, Limit::none,           Lane::commit,  handlers::activity},

    {RouteId::listSessions,           "GET",  "/api/sessions",                  Access::bearer,                Body::none,     MediaTypes::none, Limit::none, Lane::commit,  handlers::listSessions},
    {RouteId::terminateSession,       "POST", "/api/sessions/terminate",        Access::bearer,                Body::required, MediaTypes::json, Limit::none, Lane::commit,  handlers::terminateSession},
    {RouteId::terminateOtherSessions, "POST", "/api/sessions/terminate-others", Access::bearer,                Body::optional, MediaTypes::json, Limit::none, Lane::commit,  handlers::terminateOtherSessions},
    {RouteId::events,                 "GET",  "/api/events",                    Access::bearerOrRefreshCookie, Body::none,     MediaTypes::none, Limit::none, Lane::inlined, handlers::events},

    {RouteId::openApi, "GET", "/api/openapi.json", Access::open, Body::none, MediaTypes::none, Limit::none, Lane::inlined, handlers::openApi},
    {RouteId::healthz, "GET", "/healthz", Access::open, Body::none, MediaTypes::none, Limit::none, Lane::inlined, handlers::healthz},
    {RouteId::readyz,  "GET", "/readyz",  Access::open, Body::none, MediaTypes::none, Limit::none, Lane::probe,   handlers::readyz},
});
// clang-format on

static_assert(std::ranges::all_of(table,
                                  [](const Route& route) { return route.handler.access() == route.access; }),
              "the parameters of a handler match the access of its row");
static_assert(std::ranges::all_of(table,
                                  [](const Route& route) {
                                    return (route.body == Body::none) == (route.types == MediaTypes::none);
                                  }),
              "a row with a body names its media types");

/// A route for requests that match no row.
constexpr Route withoutRow(Handler::Open handler) {
  return {RouteId::other, "",     "", Access::open, Body::none, MediaTypes::none, Limit::none,
          Lane::inlined,  handler};
}
constexpr Route unknownPath = withoutRow(handlers::notFound);
constexpr Route otherMethod = withoutRow(handlers::methodNotAllowed);
constexpr Route options = withoutRow(handlers::preflight);

}  // namespace

std::span<const Route> routes() {
  return table;
}

const Route& routeOf(const Router<Route>& router, const Request& request) {
  const auto match = router.find(request.method, request.path());
  switch (match.found) {
    case RouteFound::row:
      return *match.row;
    case RouteFound::otherMethod:
      return otherMethod;
    case RouteFound::options:
      return options;
    case RouteFound::no:
      break;
  }
  return unknownPath;
}

}  // namespace glitch_protocol::web
