#include "web/stub/stub_handler.h"

#include <exception>
#include <string>

#include "web/api/call.h"
#include "web/connection/framing.h"
#include "web/http/answer.h"
#include "web/http/errors.h"
#include "web/stub/control.h"

namespace glitch_protocol::web {

namespace {

constexpr const char* namespaceField = "X-Auth-Namespace";
constexpr std::size_t longestHost = 255;  // in a message; of names in the DNS

void refuse(httplib::Response& response, const Outcome& outcome) {
  fail(response, {outcome.status, outcome.code, outcome.message, outcome.fields});
  if (outcome.retryAfterSeconds > 0)
    setHeader(response, "Retry-After", std::to_string(outcome.retryAfterSeconds));
}

/// A code of the server's own comes with all that production sends along.
void answerFault(httplib::Response& response, const FaultRule& rule, const std::string& requestId) {
  Outcome outcome = outcomeOf(
      std::make_exception_ptr(RequestError(rule.code, "A fault rule of this test made this answer.")),
      requestId);
  outcome.status = *rule.status;
  outcome.code = rule.code;
  outcome.message = "A fault rule of this test made this answer.";
  if (outcome.retryAfterSeconds == 0 && (outcome.status == 429 || outcome.status == 503))
    outcome.retryAfterSeconds = 1;
  refuse(response, outcome);
}

/// Pages that name a namespace need leave to send the field (Fetch standard, "CORS protocol").
void allowNamespaceField(httplib::Response& response) {
  if (!response.has_header("Access-Control-Allow-Headers")) return;
  setHeader(response, "Access-Control-Allow-Headers",
            response.get_header_value("Access-Control-Allow-Headers") + ", " + namespaceField);
}

// The layer takes larger bodies here, for the control plane; everybody else gets what production answers.
bool refuseLargeBody(const httplib::Request& request, httplib::Response& response) {
  if (request.body.size() <= FramingLimits{}.bodyBytes) return false;
  answerJson(response, refusals::bodyTooLarge.status, refusalBody(refusals::bodyTooLarge));
  setHeader(response, "Connection", "close");
  return true;
}

Sending carryOut(StubWorld& world, const std::optional<FaultRule>& rule, const httplib::Request& request,
                 httplib::Response& response, Exchange& exchange) {
  if (rule && rule->delay.count() > 0) world.delay(rule->delay);
  if (rule && rule->drop == FaultRule::Drop::request) {
    exchange.broken = BrokenAnswer{};
    return Sending::dropped;
  }
  if (rule && rule->status)
    answerFault(response, *rule, exchange.requestId);
  else
    answerAtOnce(world.api(), request, response, exchange);
  if (rule && rule->truncate) exchange.broken = BrokenAnswer{BrokenAnswer::At::body, *rule->truncate};
  if (!rule || rule->drop == FaultRule::Drop::none) return Sending::sent;
  exchange.broken = BrokenAnswer{};
  return Sending::dropped;
}

}  // namespace

Lane StubHandler::laneOf(const httplib::Request& request) const {
  const std::string_view path = rawPath(request);
  if (isControlPath(path)) return controlLane(request.method, path);
  if (worlds_.anyDelays()) return Lane::slow;
  return findRoute(request.method, path).lane;
}

StubWorld& StubHandler::worldOf(const httplib::Request& request) {
  const std::size_t count = request.get_header_value_count(namespaceField);
  if (count == 0) return worlds_.byDefault();
  if (count > 1) throw ValidationError({{namespaceField, "NOT_ALLOWED", "Name one namespace."}});
  return worlds_.named(request.get_header_value(namespaceField));
}

// The API answers to every name, as in production, where it does not know its own.
void StubHandler::refuseStrangeHost(const httplib::Request& request, const Exchange& exchange) const {
  const std::string host = request.get_header_value("Host");
  if (hosts_.accept(host, exchange.peer.address)) return;
  throw RequestError(code::originNotAllowed,
                     "The control plane does not answer to the host \"" + host.substr(0, longestHost) +
                         "\". Call it as localhost or 127.0.0.1, or start the stub with "
                         "--allow-public and the hosts under which others may call it.");
}

void StubHandler::handle(const httplib::Request& request, httplib::Response& response, Exchange& exchange) {
  const Lane lane = laneOf(request);
  if (exchange.stage == Stage::arrived && lane != Lane::fast) {
    exchange.queueing = Queueing{lane, exchange.peer.address, {}};
    return;
  }
  try {
    const std::string_view path = rawPath(request);
    if (isControlPath(path)) refuseStrangeHost(request, exchange);
    StubWorld& world = worldOf(request);
    if (isControlPath(path)) return control(world, request, response, exchange);
    if (refuseLargeBody(request, response)) return;
    const auto rule = world.faults().take(request.method, path);
    const Sending sending = carryOut(world, rule, request, response, exchange);
    allowNamespaceField(response);
    world.requests().add(
        describeRequest(request, response, exchange.requestId, world.clock().now(), sending));
  } catch (...) {
    refuse(response, outcomeOf(std::current_exception(), exchange.requestId));
  }
}

}  // namespace glitch_protocol::web
