#include "web/api/routes.h"

#include <array>

#include "web/api/handlers/handlers.h"

namespace glitch_protocol::web {

namespace {

constexpr auto get = Method::get;
constexpr auto post = Method::post;

// clang-format off
constexpr std::array table = std::to_array<Route>({
    {get,  "/api/auth/verify",   Access::bearer,                Body::none,     Limit::none,           Lane::fast,    handlers::verify},
    {post, "/api/auth/refresh",  Access::refreshToken,          Body::optional, Limit::refreshes,      Lane::durable, handlers::refresh},
    {post, "/api/auth/login",    Access::open,                  Body::required, Limit::signIns,        Lane::slow,    handlers::login},
    {post, "/api/auth/register", Access::open,                  Body::required, Limit::registrations,  Lane::slow,    handlers::registerUser},
    {post, "/api/auth/logout",   Access::bearerOrRefreshToken,  Body::optional, Limit::none,           Lane::durable, handlers::logout},
    {post, "/api/auth/password", Access::bearer,                Body::required, Limit::passwordChecks, Lane::slow,    handlers::changePassword},
    {get,  "/api/auth/me",       Access::bearer,                Body::none,     Limit::none,           Lane::fast,    handlers::me},
    {get,  "/api/auth/activity", Access::bearer,                Body::none,     Limit::none,           Lane::durable, handlers::activity},

    {get,  "/api/sessions",                  Access::bearer, Body::none,     Limit::none, Lane::durable, handlers::listSessions},
    {post, "/api/sessions/terminate",        Access::bearer, Body::required, Limit::none, Lane::durable, handlers::terminateSession},
    {post, "/api/sessions/terminate-others", Access::bearer, Body::optional, Limit::none, Lane::durable, handlers::terminateOtherSessions},
    {get,  "/api/events",                    Access::bearerOrRefreshCookie, Body::none, Limit::none, Lane::fast, handlers::events},

    {get,  "/healthz", Access::open, Body::none, Limit::none, Lane::fast,    handlers::healthz},
    {get,  "/readyz",  Access::open, Body::none, Limit::none, Lane::probe,   handlers::readyz},
    {get,  "/api/openapi.json", Access::open, Body::none, Limit::none, Lane::fast, handlers::openApi},
});
// clang-format on

// What is not in the table.
constexpr Route unknownPath{get, "", Access::open, Body::none, Limit::none, Lane::fast, handlers::notFound};
constexpr Route otherMethod{
    get, "", Access::open, Body::none, Limit::none, Lane::fast, handlers::methodNotAllowed};
constexpr Route options{get, "", Access::open, Body::none, Limit::none, Lane::fast, handlers::preflight};

bool takes(const Route& route, std::string_view method) {
  if (route.method == Method::post) return method == "POST";
  return method == "GET" || method == "HEAD";
}

}  // namespace

std::span<const Route> routes() {
  return table;
}

const Route& findRoute(std::string_view method, std::string_view path) {
  bool known = method == "TRACE";  // nowhere, known or not
  for (const Route& route : table) {
    if (route.path != path) continue;
    if (takes(route, method)) return route;
    known = true;
  }
  if (!known) return unknownPath;
  return method == "OPTIONS" ? options : otherMethod;
}

std::string allowedMethods(std::string_view path) {
  std::string allowed;
  for (const Route& route : table) {
    if (route.path == path) allowed += route.method == Method::get ? "GET, HEAD, " : "POST, ";
  }
  return (allowed.empty() ? "GET, HEAD, POST, " : allowed) + "OPTIONS";
}

}  // namespace glitch_protocol::web
