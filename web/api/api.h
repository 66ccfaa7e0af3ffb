// The HTTP surface: http-api.md on top of the engine. It answers requests; sockets belong to whoever calls it, the
// connection layer (web/connection/) or a host's httplib::Server (web/api/mount.h).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/accounts.h"
#include "engine/engine.h"
#include "web/api/event_hub.h"
#include "web/api/rate_limit/rate_limits.h"
#include "web/connection/exchange.h"
#include "web/http/client_address.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

class RequestObserver;
struct Route;

/// Whether the refresh cookie is kept from plain-http connections. `insecure` is for development only.
enum class CookieSecurity { secure, insecure };

struct ApiConfig {
  std::string cookieName = "refreshToken";
  CookieSecurity cookieSecurity = CookieSecurity::secure;
  /// Foreign origins whose pages may use this server: "https://app.example.org", exactly as browsers write them.
  std::vector<std::string> allowedOrigins;
  TrustedProxies trustedProxies;
  std::size_t maxStreamsPerUser = 20;  ///< at least 1
  RateLimits rateLimits;               ///< on unless told otherwise: RateLimits::off()
  /// A request that gets its thread later than this after its arrival is refused without being tried. The same as
  /// the store's, which counts from the arrival too (engine/patience.h).
  std::chrono::milliseconds patience{5000};
};

/// Throws std::invalid_argument with a sentence that names the first fault.
void validate(const ApiConfig&);

/// Makes one durable write that changes nothing anybody sees; throws StoreError when it cannot.
using ReadinessProbe = std::function<void()>;

/// Answers every request that http-api.md describes, and every other one with its refusal. *Thread-safe.*
class Api : public RequestHandler {
 public:
  /// Everything but the configuration and the probe is borrowed and must outlive this; `hub` is the broadcaster
  /// that the engine was built with. An empty probe means: always ready. `observer` may be null: then nothing is
  /// measured. Throws as validate() does.
  Api(Engine&, Accounts&, EventHub& hub, ApiConfig, Log&, ReadinessProbe,
      RequestObserver* observer = nullptr);
  ~Api() override;

  /// Asks for the lane of the route's own column; what no route answers is refused at once. Whatever fails becomes
  /// an answer (web/http/errors.h); it throws only when memory for that answer is lacking.
  void handle(const Request&, Answer&, Exchange&) override;

  /// The route that a request has, for callers that decide by it and then hand both to the other handle().
  const Route& routeFor(const Request&) const;
  /// For Stage::arrived.
  void handle(const Route&, const Request&, Answer&, Exchange&);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace glitch_protocol::web
