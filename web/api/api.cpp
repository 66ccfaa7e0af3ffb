#include "web/api/api.h"

#include <chrono>
#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

#include "engine/patience.h"
#include "web/api/admission.h"
#include "web/api/call.h"
#include "web/api/routes.h"
#include "web/connection/refusal.h"
#include "web/http/answer.h"
#include "web/http/cookies.h"
#include "web/http/cors.h"
#include "web/http/errors.h"
#include "web/http/origin.h"

namespace glitch_protocol::web {

namespace {

const char* challengeText(Challenge challenge) {
  return challenge == Challenge::bearer ? "Bearer" : R"(Bearer error="invalid_token")";
}

bool takesBearer(const Route& route) {
  return route.access == Access::bearer || route.access == Access::bearerOrRefreshToken ||
         route.access == Access::bearerOrRefreshCookie;
}

/// What a refusal is called in the log, and how much it matters.
struct RefusalLine {
  std::string_view event;
  LogLevel level;
};

// Two refusals are news whichever route they come from: somebody has a copy of a token, and a page of another
// site has used the cookie.
RefusalLine refusalLine(const Call& call, const Outcome& outcome) {
  const std::string_view named = call.refusalEvent();
  const std::string_view event = named.empty() ? "request_refused" : named;
  if (outcome.blame == Blame::fault) return {event, LogLevel::error};
  if (outcome.code == glitch_protocol::code::tokenReuseDetected)
    return {"token_reuse_detected", LogLevel::warning};
  if (outcome.code == code::originNotAllowed) return {"origin_refused", LogLevel::info};
  return {event, named.empty() ? LogLevel::debug : LogLevel::info};
}

void logOutcome(const Call& call, const Outcome& outcome) {
  Log& log = call.services().log;
  const auto [event, level] = refusalLine(call, outcome);
  if (!log.enabled(level)) return;
  const UserId& user = outcome.userId.empty() ? call.userId() : outcome.userId;
  const SessionId& session = outcome.sessionId.empty() ? call.sessionId() : outcome.sessionId;
  const LogFields fields{{"code", outcome.code},
                         {"cause", outcome.cause},
                         {"user", user.str()},
                         {"session", session.str()},
                         {"method", call.request().method},
                         {"path", call.path()},
                         {"ip", call.client().ipAddress},
                         {"request_id", call.exchange().requestId}};
  // A reuse needs a sign-in of its own each time, and names whose token was copied.
  if (outcome.code == glitch_protocol::code::tokenReuseDetected) return log.write(level, event, fields);
  log.writeRepeatable(level, event, call.client().ipAddress, fields);
}

void logAnswer(const Call& call) {
  const Log& log = call.services().log;
  if (!log.enabled(LogLevel::debug)) return;
  call.services().log.write(LogLevel::debug, "request_answered",
                            {{"method", call.request().method},
                             {"path", call.path()},
                             {"status", std::to_string(call.response().status)},
                             {"ip", call.client().ipAddress},
                             {"request_id", call.exchange().requestId}});
}

/// Every refusal leaves through here.
void refuse(Call& call, const Outcome& outcome) {
  logOutcome(call, outcome);
  httplib::Response& response = call.response();
  call.exchange().stream.reset();
  response.headers.erase("Set-Cookie");
  fail(response, {outcome.status, outcome.code, outcome.message, outcome.fields});
  if (outcome.challenge != Challenge::none && takesBearer(call.route())) {
    setHeader(response, "WWW-Authenticate", challengeText(outcome.challenge));
  }
  if (outcome.connection == ConnectionEffect::closed) setHeader(response, "Connection", "close");
  if (outcome.retryAfterSeconds > 0)
    setHeader(response, "Retry-After", std::to_string(outcome.retryAfterSeconds));
  const bool clears = outcome.blame == Blame::verdict && call.clearsRefreshCookieOnRefusal();
  if (clears || outcome.refreshCookie == CookieEffect::cleared) call.clearRefreshCookie();
}

ApiConfig checked(ApiConfig config) {
  validate(config);
  return config;
}

}  // namespace

void validate(const ApiConfig& config) {
  const CookieTransport transport = config.cookieSecurity == CookieSecurity::secure
                                        ? CookieTransport::secureOnly
                                        : CookieTransport::anyTransport;
  if (const auto fault = faultOfCookieName(config.cookieName, transport))
    throw std::invalid_argument("cookie_name: \"" + config.cookieName + "\" " + *fault);
  for (const std::string& origin : config.allowedOrigins) {
    if (const auto fault = faultOfOrigin(origin))
      throw std::invalid_argument("allowed_origins: \"" + origin + "\" " + *fault);
  }
  if (config.maxStreamsPerUser == 0) throw std::invalid_argument("max_streams_per_user must be at least 1");
}

Api::Api(Engine& engine, Accounts& accounts, EventHub& hub, ApiConfig config, Log& log, ReadinessProbe probe,
         RequestObserver* observer)
    : config_(checked(std::move(config))),
      limiter_(config_.rateLimits, engine.random(), engine.clock()),
      known_(engine),
      readiness_(std::move(probe), engine.clock(), log),
      services_{engine, accounts, hub, config_, log, readiness_, limiter_, known_},
      observer_(observer) {}

void Api::handle(const httplib::Request& request, httplib::Response& response, Exchange& exchange) {
  const auto begin = observer_ != nullptr ? SteadyTime::clock::now() : SteadyTime{};
  const ArrivalScope scope(exchange.arrival);
  setCorsHeaders(request, response, config_.allowedOrigins);
  Call call(services_, findRoute(request.method, rawPath(request)), request, response, exchange);
  bool mayHaveWritten = false;
  try {
    admit(call);
    if (mustWait(call)) return waitForThread(call);
    mayHaveWritten = call.route().method == Method::post;
    call.route().handler(call);
    settleLimits(call, nullptr);
    report(call, nullptr, begin);
  } catch (const std::bad_alloc&) {
    // 503 would say that nothing has happened, which nobody knows here.
    if (mayHaveWritten) throw;
    refuseBecause(std::current_exception(), call, begin);
  } catch (...) {
    refuseBecause(std::current_exception(), call, begin);
  }
}

void Api::refuseBecause(const std::exception_ptr& error, Call& call, SteadyTime begin) const {
  const Outcome refusal = outcomeOf(error, call.exchange().requestId);
  settleLimits(call, &refusal);
  refuse(call, refusal);
  report(call, &refusal, begin);
}

void Api::report(const Call& call, const Outcome* refusal, SteadyTime begin) const {
  logAnswer(call);
  if (observer_ != nullptr) observer_->answered(call.route(), refusal, SteadyTime::clock::now() - begin);
}

}  // namespace glitch_protocol::web
