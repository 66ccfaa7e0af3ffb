#include "web/stub/control.h"

#include <array>
#include <optional>

#include "web/http/errors.h"
#include "web/http/json_reader.h"
#include "web/http/origin.h"

namespace glitch_protocol::web {

namespace {

constexpr std::string_view prefix = "/__test/";

// clang-format off
constexpr std::array table = std::to_array<ControlRoute>({
    {"POST",   "/__test/reset",               Lane::commit, controls::reset},
    {"POST",   "/__test/seed",                Lane::commit, controls::seed},
    {"PUT",    "/__test/users/*",             Lane::commit, controls::putUser},
    {"POST",   "/__test/tokens",              Lane::commit, controls::mintTokens},
    {"POST",   "/__test/cookies",             Lane::commit, controls::mintCookies},
    {"GET",    "/__test/clock",               Lane::inlined,    controls::getClock},
    {"PUT",    "/__test/clock",               Lane::commit, controls::putClock},
    {"GET",    "/__test/faults",              Lane::inlined,    controls::getFaults},
    {"PUT",    "/__test/faults",              Lane::inlined,    controls::putFaults},
    {"DELETE", "/__test/faults",              Lane::inlined,    controls::deleteFaults},
    {"GET",    "/__test/requests",            Lane::hashing,    controls::getRequests},
    {"DELETE", "/__test/requests",            Lane::inlined,    controls::deleteRequests},
    {"GET",    "/__test/events",              Lane::hashing,    controls::getEvents},
    {"GET",    "/__test/state",               Lane::commit, controls::getState},
    {"POST",   "/__test/snapshots/*",         Lane::commit, controls::saveSnapshot},
    {"POST",   "/__test/snapshots/*/restore", Lane::commit, controls::restoreSnapshot},
    {"PUT",    "/__test/rotation",            Lane::inlined,    controls::putRotation},
    {"GET",    "/__test/secret",              Lane::inlined,    controls::getSecret},
});
// clang-format on

// Any web page can send requests to this machine; only those of allowed origins may control the world.
void checkOrigin(const StubWorld& world, const Request& request) {
  const FieldList::Lookup origin = request.fields.find("Origin");
  if (origin.count == 0) return;
  if (decideOrigin({origin.value, std::nullopt, request.host}, world.apiConfig().allowedOrigins) ==
      OriginDecision::refused)
    throw createOriginNotAllowedError(origin.value);
}

}  // namespace

std::span<const ControlRoute> controlRoutes() {
  return table;
}

bool isControlPath(std::string_view path) {
  return path.starts_with(prefix);
}

void control(StubWorld& world, const ControlRouter& router, const ControlRouter::Match& match,
             const Request& request, Answer& answer, const Exchange& exchange) {
  checkOrigin(world, request);
  if (match.found == RouteFound::no) throw createNotFoundError();
  if (match.found != RouteFound::row) {
    answer.set("Allow", router.allowedMethods(request.path()));
    if (match.found != RouteFound::options) throw createMethodNotAllowedError();
    answer.status = 204;
    return;
  }
  const picojson::object body = request.body.empty() ? picojson::object() : readJsonBody(request.body);
  ControlCall call{world, request, exchange, answer, body, match.parts};
  match.row->handler(call);
}

}  // namespace glitch_protocol::web
