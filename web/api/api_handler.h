// Answers the requests of the HTTP API (openapi.json) with the engine. Sockets are the business of the caller: the connection layer
// (web/connection/) or the httplib::Server of a host (web/api/mount.h).
#pragma once

#include <memory>
#include <span>

#include "engine/accounts.h"
#include "engine/engine.h"
#include "web/api/api.h"
#include "web/api/event_hub.h"
#include "web/connection/exchange.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

class RequestObserver;
struct Route;

/// Answers every request described in openapi.json and refuses all others. *Thread-safe.*
class ApiHandler : public RequestHandler {
 public:
  /// All arguments except the configuration and the probe are borrowed and must outlive this; `hub` is the
  /// broadcaster that the engine was built with. With an empty probe the server is always ready. `observer`
  /// may be null. Throws as validate() does.
  ApiHandler(Engine&, Accounts&, EventHub& hub, ApiConfig, Log&, ReadinessProbe,
             RequestObserver* observer = nullptr);
  ~ApiHandler() override;

  /// Requests the lane of the matching route; a request that matches no route is refused at once. Every
  /// failure becomes an answer (web/http/errors.h); throws only when there is no memory for that answer.
  void handle(const Request&, Answer&, Exchange&) override;

  /// The route for a request, for callers that inspect it before they pass both to the other handle().
  const Route& routeFor(const Request&) const;
  /// The rows that the configuration leaves, at their configured paths.
  std::span<const Route> routes() const;
  /// For Stage::arrived.
  void handle(const Route&, const Request&, Answer&, Exchange&);

 private:
  class Impl;
  // constant after construction
  const std::unique_ptr<Impl> impl_;
};

}  // namespace glitch_protocol::web
