// The control plane: what a test may do to the world that its request names.
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

/// A control request in hand. *One thread at a time.*
struct ControlCall {
  StubWorld& world;
  const Request& request;
  const Exchange& exchange;
  Answer& answer;
  const picojson::object& body;
  /// The path's variable parts, decoded.
  const std::vector<std::string>& parts;

  /// The parameter's value; "" when it is missing.
  std::string query(const std::string& name) const {
    const NamedValues parameters = readUrlEncoded(request.query());
    const auto found = parameters.values.find(name);
    return found == parameters.values.end() ? std::string() : found->second.to_str();
  }
};

struct ControlRoute {
  std::string_view method;
  std::string_view path;  ///< a `*` stands for one variable part
  Lane lane;
  void (*handler)(ControlCall&);
};

using ControlRouter = Router<ControlRoute>;

/// The table of contents of the control plane.
std::span<const ControlRoute> controlRoutes();

/// Whether the path belongs to the control plane, whatever route it has there.
bool isControlPath(std::string_view path);
/// Answers the control request that the router has matched, or throws what becomes a refusal.
void control(StubWorld&, const ControlRouter&, const ControlRouter::Match&, const Request&, Answer&,
             const Exchange&);

namespace controls {

// What each route does, by noun. Each answers, or throws what becomes a refusal.
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
