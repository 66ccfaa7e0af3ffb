#include "web/api/configured_routes.h"

#include <algorithm>

namespace glitch_protocol::web {

namespace {

constexpr std::string_view tablePrefix = "/api";

bool exists(RouteId id, const ApiRoutes& routes) {
  switch (id) {
    case RouteId::registerUser:
    case RouteId::login:
    case RouteId::changePassword:
    case RouteId::me:
    case RouteId::activity:
      return routes.accounts;
    case RouteId::verify:
    case RouteId::refresh:
    case RouteId::logout:
      return routes.tokens;
    case RouteId::listSessions:
    case RouteId::terminateSession:
    case RouteId::terminateOtherSessions:
      return routes.sessions;
    case RouteId::events:
      return routes.events;
    case RouteId::openApi:
      return routes.openApi;
    case RouteId::healthz:
    case RouteId::readyz:
      return routes.health;
    case RouteId::other:
      break;
  }
  return false;
}

std::string configuredPath(std::string_view path, const std::string& prefix) {
  if (!path.starts_with(tablePrefix)) return std::string(path);
  return prefix + std::string(path.substr(tablePrefix.size()));
}

}  // namespace

ConfiguredRoutes::ConfiguredRoutes(const ApiConfig& config) {
  const auto table = routes();
  paths_.reserve(table.size());  // the rows refer to its strings
  for (const Route& row : table) {
    if (!exists(row.id, config.routes)) continue;
    paths_.push_back(configuredPath(row.path, config.prefix));
    rows_.push_back(row);
    rows_.back().path = paths_.back();
  }
}

std::string ConfiguredRoutes::pathOf(RouteId id, const ApiConfig& config) {
  const auto table = routes();
  const auto row = std::ranges::find(table, id, &Route::id);
  return row == table.end() ? std::string() : configuredPath(row->path, config.prefix);
}

}  // namespace glitch_protocol::web
