// The control plane: the requests with which a test controls the world that they name.
#pragma once

#include <picojson.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "web/connection/exchange.h"
#include "web/http/fields.h"
#include "web/http/router.h"
#include "web/stub/stub_world.h"

namespace glitch_protocol::web {

/// One control request. *One thread at a time.*
struct ControlCall {
  StubWorld& world;
  const Request& request;
  const Exchange& exchange;
  Answer& answer;
  const picojson::object& body;
  /// The variable parts of the path, decoded.
  const std::vector<std::string>& parts;

  /// The value of a query parameter; "" when it is missing.
  std::string query(const std::string& name) const {
    const NamedValues parameters = readUrlEncoded(request.query());
    const auto found = parameters.values.find(name);
    return found == parameters.values.end() ? std::string() : found->second.to_str();
  }
};

struct ControlRoute {
  std::string_view method;
  std::string_view path;  ///< a `*` matches one segment
  Lane lane;
  void (*handler)(ControlCall&);
};

using ControlRouter = Router<ControlRoute>;

/// Every route of the control plane.
std::span<const ControlRoute> controlRoutes();

/// Whether the path belongs to the control plane, even if no route has it.
bool isControlPath(std::string_view path);
/// Answers the control request that the router has matched. Exceptions become refusals.
void control(StubWorld&, const ControlRouter&, const ControlRouter::Match&, const Request&, Answer&,
             const Exchange&);

namespace controls {

// The handlers of the routes, grouped by noun. Exceptions become refusals.
void reset(ControlCall&);
void seed(ControlCall&);
void putUser(ControlCall&);
void mintTokens(ControlCall&);
void mintCookies(ControlCall&);
void getClock(ControlCall&);
void putClock(ControlCall&);
void putFaults(ControlCall&);
void getFaults(ControlCall&);
void deleteFaults(ControlCall&);
void getRequests(ControlCall&);
void deleteRequests(ControlCall&);
void getEvents(ControlCall&);
void getState(ControlCall&);
void saveSnapshot(ControlCall&);
void restoreSnapshot(ControlCall&);
void putRotation(ControlCall&);
void getSecret(ControlCall&);

}  // namespace controls

}  // namespace glitch_protocol::web
