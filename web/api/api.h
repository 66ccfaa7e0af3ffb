// The HTTP API: implements http-api.md with the engine. Sockets are the business of the caller: the
// connection layer (web/connection/) or the httplib::Server of a host (web/api/mount.h).
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

/// Whether the cookies are marked Secure, so that browsers send them only over https. `insecure` is for
/// development only.
enum class CookieSecurity { secure, insecure };

struct ApiConfig {
  std::string cookieName = "refreshToken";
  CookieSecurity cookieSecurity = CookieSecurity::secure;
  /// Other origins whose pages may use this server, exactly as browsers write them:
  /// "https://app.example.org".
  std::vector<std::string> allowedOrigins;
  TrustedProxies trustedProxies;
  std::size_t maxStreamsPerUser = 20;  ///< at least 1
  RateLimits rateLimits;               ///< RateLimits::off() disables them
  /// A request that gets its thread later than this after its arrival is refused unprocessed. Equals the
  /// limit of the store, which also counts from the arrival (engine/patience.h).
  std::chrono::milliseconds patience{5000};
};

/// Throws std::invalid_argument with a sentence that names the first invalid setting.
void validate(const ApiConfig&);

/// Makes one durable write without a visible effect; throws StoreError when that fails.
using ReadinessProbe = std::function<void()>;

/// Answers every request described in http-api.md and refuses all others. *Thread-safe.*
class Api : public RequestHandler {
 public:
  /// All arguments except the configuration and the probe are borrowed and must outlive this; `hub` is the
  /// broadcaster that the engine was built with. With an empty probe the server is always ready. `observer`
  /// may be null. Throws as validate() does.
  Api(Engine&, Accounts&, EventHub& hub, ApiConfig, Log&, ReadinessProbe,
      RequestObserver* observer = nullptr);
  ~Api() override;

  /// Requests the lane of the matching route; a request that matches no route is refused at once. Every
  /// failure becomes an answer (web/http/errors.h); throws only when there is no memory for that answer.
  void handle(const Request&, Answer&, Exchange&) override;

  /// The route for a request, for callers that inspect it before they pass both to the other handle().
  const Route& routeFor(const Request&) const;
  /// For Stage::arrived.
  void handle(const Route&, const Request&, Answer&, Exchange&);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace glitch_protocol::web
