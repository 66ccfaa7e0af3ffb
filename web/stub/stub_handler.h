// In front of the worlds: which one a request is for, what goes wrong with it, and what is noted about it.
#pragma once

#include <httplib.h>

#include <string_view>

#include "web/connection/exchange.h"
#include "web/stub/worlds.h"

namespace glitch_protocol::web {

/// Control requests go to the control plane; every other one through its world's faults to its world's Api.
/// *Thread-safe.*
class StubHandler : public RequestHandler {
 public:
  /// `worlds` must outlive this.
  explicit StubHandler(Worlds& worlds) : worlds_(worlds) {}

  /// As the Api's; but what may wait for a test, or for a delay, gets the slow lane, which in the stub has
  /// threads enough for all that wait.
  Lane lane(std::string_view method, std::string_view path) const override;
  void handle(const httplib::Request&, httplib::Response&, Exchange&) override;

 private:
  StubWorld& worldOf(const httplib::Request&);

  // constant after construction
  Worlds& worlds_;
};

}  // namespace glitch_protocol::web
