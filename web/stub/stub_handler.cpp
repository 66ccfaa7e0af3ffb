#include "web/stub/stub_handler.h"

#include <exception>
#include <memory>
#include <string>

#include "web/connection/framing.h"
#include "web/connection/refusal.h"
#include "web/http/errors.h"

namespace glitch_protocol::web {

namespace {

constexpr std::string_view namespaceField = "X-Auth-Namespace";
constexpr std::size_t maxHostInMessage = 255;  // the maximum length of a DNS name

/// An answer with a known code is complete as in production, including its header fields.
void answerFault(Answer& answer, const FaultRule& rule, std::string_view requestId) {
  Outcome outcome = outcomeOf(
      std::make_exception_ptr(RequestError(rule.code, "This answer comes from a fault rule of the test.")),
      requestId);
  outcome.status = *rule.status;
  outcome.code = rule.code;
  outcome.message = "This answer comes from a fault rule of the test.";
  if (outcome.retryAfterSeconds == 0 && (outcome.status == 429 || outcome.status == 503))
    outcome.retryAfterSeconds = 1;
  outcome.connection = ConnectionEffect::kept;
  writeRefusal(answer, outcome);
}

/// Pages that send the namespace field need permission for it (Fetch standard, "CORS protocol").
void allowNamespaceField(Answer& answer) {
  if (!answer.has("Access-Control-Allow-Headers")) return;
  answer.set("Access-Control-Allow-Headers",
             std::string(answer.value("Access-Control-Allow-Headers")).append(", ").append(namespaceField));
}

// The connection layer accepts larger bodies here, for the control plane; other routes refuse them as
// production does.
bool refuseLargeBody(const Request& request, Answer& answer) {
  if (request.body.size() <= FramingLimits{}.bodyBytes) return false;
  answerJson(answer, refusals::bodyTooLarge.status, refusalBody(refusals::bodyTooLarge));
  answer.connection = Answer::Connection::closed;
  return true;
}

/// Answers as the route does in production.
void answerRoute(ApiHandler& api, const Route& route, const Request& request, Answer& answer,
                 Exchange& exchange) {
  answerAtOnce(exchange, [&](Exchange& current) {
    if (current.stage == Stage::arrived)
      api.handle(route, request, answer, current);
    else
      api.handle(request, answer, current);
  });
}

Sending execute(StubWorld& world, const std::optional<FaultRule>& rule, const Route& route,
                const Request& request, Answer& answer, Exchange& exchange) {
  if (rule && rule->delay.count() > 0) world.delay(rule->delay);
  if (rule && rule->drop == FaultRule::Drop::request) {
    exchange.broken = BrokenAnswer{};
    return Sending::dropped;
  }
  if (rule && rule->status)
    answerFault(answer, *rule, exchange.requestId);
  else
    answerRoute(world.api(), route, request, answer, exchange);
  if (rule && rule->truncate) exchange.broken = BrokenAnswer{BrokenAnswer::At::body, *rule->truncate};
  if (!rule || rule->drop == FaultRule::Drop::none) return Sending::sent;
  exchange.broken = BrokenAnswer{};
  return Sending::dropped;
}

/// Queues the request and keeps `found` for the second call.
template <class Found>
void waitIn(Lane lane, Exchange& exchange, Found found) {
  exchange.queueing = Queueing{lane, exchange.peer.address, {}};
  exchange.kept = std::make_shared<Found>(std::move(found));
}

template <class Found>
Found takeKept(Exchange& exchange) {
  return std::move(*std::static_pointer_cast<Found>(std::exchange(exchange.kept, nullptr)));
}

}  // namespace

StubHandler::StubHandler(Worlds& worlds, ControlHosts hosts) : worlds_(worlds), hosts_(std::move(hosts)) {
  controlRouter_.add(controlRoutes());
}

StubWorld& StubHandler::worldOf(const Request& request) {
  const FieldList::Lookup field = request.fields.find(namespaceField);
  if (field.count == 0) return worlds_.byDefault();
  if (field.count > 1)
    throw ValidationError({{std::string(namespaceField), "NOT_ALLOWED", "Send exactly one namespace."}});
  return worlds_.named(field.value);
}

// The API accepts any host name, as in production, where it does not know its own names.
void StubHandler::refuseStrangeHost(const Request& request, const Exchange& exchange) const {
  if (hosts_.accept(request.host, exchange.peer.address)) return;
  throw RequestError(code::originNotAllowed,
                     "The control plane does not answer for the host \"" +
                         std::string(request.host.substr(0, maxHostInMessage)) +
                         "\". Use localhost or 127.0.0.1, or start the stub with "
                         "--allow-public and the host names by which others reach it.");
}

void StubHandler::handle(const Request& request, Answer& answer, Exchange& exchange) {
  try {
    if (isControlPath(request.path())) return handleControl(request, answer, exchange);
    handleRoute(request, answer, exchange);
  } catch (...) {
    writeRefusal(answer, outcomeOf(std::current_exception(), exchange.requestId));
  }
}

void StubHandler::handleControl(const Request& request, Answer& answer, Exchange& exchange) {
  ControlRouter::Match match;
  if (exchange.stage == Stage::queued) {
    match = takeKept<ControlRouter::Match>(exchange);
  } else {
    match = controlRouter_.find(request.method, request.path());
    const Lane lane = match.row != nullptr ? match.row->lane : Lane::inlined;
    if (lane != Lane::inlined) return waitIn(lane, exchange, std::move(match));
  }
  refuseStrangeHost(request, exchange);
  control(worldOf(request), controlRouter_, match, request, answer, exchange);
}

// Every world has the same routes, so the router of the default world is used; a new world is created only on
// the thread that serves the request.
void StubHandler::handleRoute(const Request& request, Answer& answer, Exchange& exchange) {
  if (exchange.stage == Stage::queued)
    return serveRoute(*takeKept<const Route*>(exchange), request, answer, exchange);
  const Route& route = worlds_.byDefault().api().routeFor(request);
  const Lane lane = worlds_.anyDelays() ? Lane::hashing : Lane(route.lane);
  if (lane != Lane::inlined) return waitIn(lane, exchange, &route);
  serveRoute(route, request, answer, exchange);
}

void StubHandler::serveRoute(const Route& route, const Request& request, Answer& answer, Exchange& exchange) {
  StubWorld& world = worldOf(request);
  if (refuseLargeBody(request, answer)) return;
  const auto rule = world.faults().take(request.method, request.path());
  const Sending sending = execute(world, rule, route, request, answer, exchange);
  allowNamespaceField(answer);
  world.requests().add(describeRequest(request, answer, exchange.requestId, world.clock().now(), sending));
}

}  // namespace glitch_protocol::web
