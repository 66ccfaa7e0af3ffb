// Selects the world of a request, applies its fault rules and records the request.
#pragma once

#include <utility>

#include "web/api/routes.h"
#include "web/connection/exchange.h"
#include "web/stub/control.h"
#include "web/stub/control_hosts.h"
#include "web/stub/worlds.h"

namespace glitch_protocol::web {

/// Passes control requests to the control plane, if it answers for their Host, and every other request
/// through the fault rules of its world to the ApiHandler of that world. *Thread-safe.*
class StubHandler : public RequestHandler {
 public:
  /// `worlds` must outlive this.
  StubHandler(Worlds& worlds, ControlHosts hosts);

  /// Uses the lanes of the routes, except that requests that may wait for a test or a delay use
  /// Lane::hashing, which in the stub has enough threads for all of them.
  void handle(const Request&, Answer&, Exchange&) override;

 private:
  void handleControl(const Request&, Answer&, Exchange&);
  void handleRoute(const Request&, Answer&, Exchange&);
  void serveRoute(const Route&, const Request&, Answer&, Exchange&);
  StubWorld& worldOf(const Request&);
  void refuseStrangeHost(const Request&, const Exchange&) const;

  // constant after construction
  Worlds& worlds_;
  const ControlHosts hosts_;
  ControlRouter controlRouter_;
};

}  // namespace glitch_protocol::web
