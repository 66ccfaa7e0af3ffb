// The route table after the configuration has been applied: which rows exist, and at which paths.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "web/api/api.h"
#include "web/api/routes.h"

namespace glitch_protocol::web {

/// *Immutable.*
class ConfiguredRoutes {
 public:
  explicit ConfiguredRoutes(const ApiConfig&);
  ConfiguredRoutes(const ConfiguredRoutes&) = delete;
  ConfiguredRoutes& operator=(const ConfiguredRoutes&) = delete;

  std::span<const Route> rows() const { return rows_; }
  /// The path of a route, which need not exist.
  static std::string pathOf(RouteId, const ApiConfig&);

 private:
  std::vector<std::string> paths_;  // what the rows refer to
  std::vector<Route> rows_;
};

}  // namespace glitch_protocol::web
