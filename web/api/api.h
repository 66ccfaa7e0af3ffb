// The HTTP surface: http-api.md on top of the engine. It answers requests; sockets belong to whoever calls
// it, the connection layer (web/connection/) or a stock httplib::Server (web/api/mount.h).
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/accounts.h"
#include "engine/engine.h"
#include "engine/sessions/known_clients.h"
#include "web/api/event_hub.h"
#include "web/api/rate_limit/rate_limiter.h"
#include "web/api/rate_limit/rate_limits.h"
#include "web/api/readiness.h"
#include "web/api/request_observer.h"
#include "web/connection/exchange.h"
#include "web/http/client_address.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

/// Whether the refresh cookie is kept from plain-http connections. `insecure` is for development only.
enum class CookieSecurity { secure, insecure };

struct ApiConfig {
  std::string cookieName = "refreshToken";
  CookieSecurity cookieSecurity = CookieSecurity::secure;
  /// Foreign origins whose pages may use this server: "https://app.example.org", exactly as browsers write
  /// them.
  std::vector<std::string> allowedOrigins;
  TrustedProxies trustedProxies;
  std::size_t maxStreamsPerUser = 20;  ///< at least 1
  RateLimits rateLimits;               ///< on unless told otherwise: RateLimits::off()
  /// A request that gets its thread later than this after its arrival is refused without being tried. The
  /// same as the store's, which counts from the arrival too (engine/patience.h).
  std::chrono::milliseconds patience{5000};
};

/// Throws std::invalid_argument with a sentence that names the first fault.
void validate(const ApiConfig&);

/// What the handlers work with. Everything is borrowed.
struct Services {
  Engine& engine;
  Accounts& accounts;
  EventHub& hub;
  const ApiConfig& config;
  Log& log;
  ReadinessCheck& readiness;
  RateLimiter& limiter;
  KnownClients& known;
};

/// Answers every request that http-api.md describes, and every other one with its refusal. *Thread-safe.*
class Api : public RequestHandler {
 public:
  /// Everything but the configuration and the probe is borrowed and must outlive this; `hub` is the
  /// broadcaster that the engine was built with. An empty probe means: always ready. Throws as validate()
  /// does.
  /// `observer` may be null: then nothing is measured.
  Api(Engine&, Accounts&, EventHub& hub, ApiConfig, Log&, ReadinessProbe,
      RequestObserver* observer = nullptr);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Asks for the lane of the route's own column; what no route answers is refused at once. Whatever fails becomes an answer (web/http/errors.h); it throws only when memory for that answer is lacking.
  /// The path is taken from the request's raw target, so an encoded spelling is another path.
  void handle(const httplib::Request&, httplib::Response&, Exchange&) override;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  void refuseBecause(const std::exception_ptr& error, Call&, SteadyTime begin) const;
  void report(const Call&, const Outcome* refusal, SteadyTime begin) const;

  // constant after construction
  const ApiConfig config_;
  // each locks itself
  RateLimiter limiter_;
  KnownClients known_;
  ReadinessCheck readiness_;
  // constant after construction
  const Services services_;
  RequestObserver* const observer_;
};

}  // namespace glitch_protocol::web
