// In front of the worlds: which one a request is for, what goes wrong with it, and what is noted about it.
#pragma once

#include <httplib.h>

#include <utility>

#include "web/connection/exchange.h"
#include "web/stub/control_hosts.h"
#include "web/stub/worlds.h"

namespace glitch_protocol::web {

/// Control requests go to the control plane, if it answers to their Host; every other one through its world's faults to its world's Api.
/// *Thread-safe.*
class StubHandler : public RequestHandler {
 public:
  /// `worlds` must outlive this.
  StubHandler(Worlds& worlds, ControlHosts hosts) : worlds_(worlds), hosts_(std::move(hosts)) {}

  /// Asks for the lanes that the Api asks for; but what may wait for a test, or for a delay, gets the slow
  /// lane, which in the stub has threads enough for all that wait.
  void handle(const httplib::Request&, httplib::Response&, Exchange&) override;

 private:
  Lane laneOf(const httplib::Request&) const;
  StubWorld& worldOf(const httplib::Request&);
  void refuseStrangeHost(const httplib::Request&, const Exchange&) const;

  // constant after construction
  Worlds& worlds_;
  const ControlHosts hosts_;
};

}  // namespace glitch_protocol::web
