#include "web/api/api_handler.h"

#include <chrono>
#include <exception>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/known_clients.h"
#include "engine/patience.h"
#include "web/api/admission.h"
#include "web/api/configured_routes.h"
#include "web/api/context.h"
#include "web/api/rate_limit/rate_limiter.h"
#include "web/api/readiness.h"
#include "web/api/request_observer.h"
#include "web/api/routes.h"
#include "web/api/session_cookies.h"
#include "web/http/client_address.h"
#include "web/http/cookies.h"
#include "web/http/cors.h"
#include "web/http/errors.h"
#include "web/http/origin.h"

namespace glitch_protocol::web {

namespace {

Challenges challengesOf(const Route& route) {
  const bool takesBearer = route.access == Access::bearer || route.access == Access::bearerOrRefreshToken ||
                           route.access == Access::bearerOrRefreshCookie;
  return takesBearer ? Challenges::bearer : Challenges::none;
}

/// The log event and level of a refusal.
struct RefusalLine {
  std::string_view event;
  LogLevel level;
};

// Two refusals have their own events on every route: reuse means that someone has a copy of a token, and a
// refused origin means that a page of another site has used the cookie.
RefusalLine refusalLine(const Context& context, const Outcome& outcome) {
  const std::string_view named = context.onRefusal.event;
  const std::string_view event = named.empty() ? "request_refused" : named;
  if (outcome.source == ErrorSource::server) return {event, LogLevel::error};
  if (outcome.code == glitch_protocol::code::tokenReuseDetected)
    return {"token_reuse_detected", LogLevel::warning};
  if (outcome.code == code::originNotAllowed) return {"origin_refused", LogLevel::info};
  return {event, named.empty() ? LogLevel::debug : LogLevel::info};
}

void logOutcome(const Context& context, const Outcome& outcome) {
  Log& log = context.services.log;
  const auto [event, level] = refusalLine(context, outcome);
  if (!log.enabled(level)) return;
  const UserId& user = outcome.userId.empty() ? context.userId : outcome.userId;
  const SessionId& session = outcome.sessionId.empty() ? context.sessionId : outcome.sessionId;
  const LogFields fields{{"code", outcome.code},
                         {"cause", outcome.cause},
                         {"user", user.str()},
                         {"session", session.str()},
                         {"method", context.request.method},
                         {"path", context.request.path()},
                         {"ip", context.client().ipAddress},
                         {"request_id", context.exchange.requestId}};
  // Never summed up: each reuse needs a sign-in of its own, and the event names the account whose token was
  // copied.
  if (outcome.code == glitch_protocol::code::tokenReuseDetected) return log.write(level, event, fields);
  log.writeRepeatable(level, event, context.client().ipAddress, fields);
}

void logAnswer(const Context& context) {
  const Log& log = context.services.log;
  if (!log.enabled(LogLevel::debug)) return;
  context.services.log.write(LogLevel::debug, "request_answered",
                             {{"method", context.request.method},
                              {"path", context.request.path()},
                              {"status", std::to_string(context.answer.status)},
                              {"ip", context.client().ipAddress},
                              {"request_id", context.exchange.requestId}});
}

/// Every refusal is sent from here.
void refuse(Context& context, const Outcome& outcome) {
  logOutcome(context, outcome);
  context.exchange.stream.reset();
  writeRefusal(context.answer, outcome, challengesOf(context.route));
  const bool isClientError =
      outcome.source == ErrorSource::client && context.onRefusal.refreshCookie == CookieEffect::cleared;
  if (isClientError || outcome.refreshCookie == CookieEffect::cleared) clearRefreshCookie(context);
}

ApiConfig checked(ApiConfig config) {
  validate(config);
  return config;
}

Router<Route> routerOf(const ConfiguredRoutes& routes) {
  Router<Route> router;
  router.add(routes.rows());
  return router;
}

/// Why no route can begin with this prefix, as the end of a sentence.
std::optional<std::string> problemWithPrefix(std::string_view prefix) {
  constexpr std::string_view allowed = "-._~/0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (prefix.empty()) return std::nullopt;
  if (prefix.front() != '/' || prefix.back() == '/' || prefix.find("//") != std::string_view::npos ||
      prefix.find_first_not_of(allowed) != std::string_view::npos)
    return "must be empty, or begin with / and have no empty segment: use letters, digits and -._~";
  return std::nullopt;
}

/// Why browsers would not send a cookie of this path to every route, as the end of a sentence (RFC 6265, 5.1.4).
std::optional<std::string> problemWithCookiePath(std::string_view path, std::string_view prefix) {
  if (path.empty()) return std::nullopt;
  if (path != "/" && problemWithPrefix(path)) return "must be / or a path without a / at the end";
  const bool covers = path == "/" || path == prefix || prefix.starts_with(std::string(path) + '/');
  return covers ? std::nullopt : std::optional<std::string>("does not cover the prefix of the routes");
}

}  // namespace

inline namespace v1 {

void validate(const ApiConfig& config) {
  if (const auto error = problemWithPrefix(config.prefix))
    throw std::invalid_argument("prefix: \"" + config.prefix + "\" " + *error);
  if (const auto error = problemWithCookiePath(config.cookiePath, config.prefix))
    throw std::invalid_argument("cookie_path: \"" + config.cookiePath + "\" " + *error);
  const CookieTransport transport = config.cookieSecurity == CookieSecurity::secure
                                        ? CookieTransport::secureOnly
                                        : CookieTransport::anyTransport;
  if (const auto error = problemWithCookieName(config.cookieName, transport))
    throw std::invalid_argument("cookie_name: \"" + config.cookieName + "\" " + *error);
  for (const std::string& origin : config.allowedOrigins) {
    if (const auto error = problemWithOrigin(origin))
      throw std::invalid_argument("allowed_origins: \"" + origin + "\" " + *error);
  }
  TrustedProxies::parse(config.trustedProxies);
  if (config.maxStreamsPerUser == 0) throw std::invalid_argument("max_streams_per_user must be at least 1");
}

}  // namespace v1

/// *Thread-safe.*
class ApiHandler::Impl {
 public:
  Impl(Engine& engine, Accounts& accounts, EventHub& hub, ApiConfig config, Log& log, ReadinessProbe probe,
       RequestObserver* observer)
      : config_(checked(std::move(config))),
        proxies_(TrustedProxies::parse(config_.trustedProxies)),
        routes_(config_),
        router_(routerOf(routes_)),
        limiter_(config_.rateLimits, engine.random(), engine.clock()),
        known_(engine),
        readiness_(std::move(probe), engine.clock(), log),
        services_{engine, accounts, hub, config_, proxies_, log, readiness_, limiter_, known_, router_},
        observer_(observer) {}

  std::span<const Route> routes() const { return routes_.rows(); }
  const Route& routeFor(const Request& request) const { return routeOf(router_, request); }

  void handle(const Route& route, const Request& request, Answer& answer, Exchange& exchange) const {
    const auto begin = observer_ != nullptr ? SteadyTime::clock::now() : SteadyTime{};
    const ArrivalScope scope(exchange.arrival);
    setCorsFields(request, answer, config_.allowedOrigins);
    Context context(services_, route, request, answer, exchange);
    bool mayHaveWritten = false;
    try {
      const Admitted who = admit(context);
      if (mustWait(context)) return waitForThread(context, who);
      mayHaveWritten = route.method == "POST";
      callHandler(context, who);
      settleLimits(context, nullptr);
      report(context, nullptr, begin);
    } catch (const std::bad_alloc&) {
      // 503 would tell the client that nothing has happened, which is unknown at this point.
      if (mayHaveWritten) throw;
      refuseBecause(std::current_exception(), context, begin);
    } catch (...) {
      refuseBecause(std::current_exception(), context, begin);
    }
  }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  void refuseBecause(const std::exception_ptr& error, Context& context, SteadyTime begin) const {
    const Outcome refusal = outcomeOf(error, context.exchange.requestId);
    settleLimits(context, &refusal);
    refuse(context, refusal);
    report(context, &refusal, begin);
  }

  void report(const Context& context, const Outcome* refusal, SteadyTime begin) const {
    logAnswer(context);
    if (observer_ != nullptr) observer_->answered(context.route, refusal, SteadyTime::clock::now() - begin);
  }

  // constant after construction
  const ApiConfig config_;
  const TrustedProxies proxies_;
  const ConfiguredRoutes routes_;
  const Router<Route> router_;
  // each locks itself
  RateLimiter limiter_;
  KnownClients known_;
  ReadinessCheck readiness_;
  // constant after construction
  const Services services_;
  RequestObserver* const observer_;
};

ApiHandler::ApiHandler(Engine& engine, Accounts& accounts, EventHub& hub, ApiConfig config, Log& log,
                       ReadinessProbe probe, RequestObserver* observer)
    : impl_(std::make_unique<Impl>(engine, accounts, hub, std::move(config), log, std::move(probe),
                                   observer)) {}

ApiHandler::~ApiHandler() = default;

void ApiHandler::handle(const Request& request, Answer& answer, Exchange& exchange) {
  const Route* found = routeOnArrival(exchange);
  impl_->handle(found != nullptr ? *found : routeFor(request), request, answer, exchange);
}

const Route& ApiHandler::routeFor(const Request& request) const {
  return impl_->routeFor(request);
}

std::span<const Route> ApiHandler::routes() const {
  return impl_->routes();
}

void ApiHandler::handle(const Route& route, const Request& request, Answer& answer, Exchange& exchange) {
  impl_->handle(route, request, answer, exchange);
}

}  // namespace glitch_protocol::web
