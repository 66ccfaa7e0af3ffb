// In front of the worlds: which one a request is for, what goes wrong with it, and what is noted about it.
#pragma once

#include <utility>

#include "web/api/routes.h"
#include "web/connection/exchange.h"
#include "web/stub/control.h"
#include "web/stub/control_hosts.h"
#include "web/stub/worlds.h"

namespace glitch_protocol::web {

/// Control requests go to the control plane, if it answers to their Host; every other one through its world's
/// faults to its world's Api. *Thread-safe.*
class StubHandler : public RequestHandler {
 public:
  /// `worlds` must outlive this.
  StubHandler(Worlds& worlds, ControlHosts hosts);

  /// Asks for the lanes that the routes ask for; but what may wait for a test, or for a delay, gets the lane for
  /// hashing, which in the stub has threads enough for all that wait.
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
