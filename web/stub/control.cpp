#include "web/stub/control.h"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>

#include "web/api/call.h"
#include "web/http/answer.h"
#include "web/http/errors.h"
#include "web/http/origin.h"

namespace glitch_protocol::web {

namespace {

constexpr std::string_view prefix = "/__test/";

// clang-format off
constexpr std::array table = std::to_array<ControlRoute>({
    {"POST",   "/__test/reset",               Lane::durable, controls::reset},
    {"POST",   "/__test/seed",                Lane::durable, controls::seed},
    {"PUT",    "/__test/users/*",             Lane::durable, controls::putUser},
    {"POST",   "/__test/tokens",              Lane::durable, controls::mintTokens},
    {"POST",   "/__test/cookies",             Lane::durable, controls::mintCookies},
    {"GET",    "/__test/clock",               Lane::fast,    controls::getClock},
    {"PUT",    "/__test/clock",               Lane::durable, controls::putClock},
    {"GET",    "/__test/faults",              Lane::fast,    controls::getFaults},
    {"PUT",    "/__test/faults",              Lane::fast,    controls::putFaults},
    {"DELETE", "/__test/faults",              Lane::fast,    controls::deleteFaults},
    {"GET",    "/__test/requests",            Lane::slow,    controls::getRequests},
    {"DELETE", "/__test/requests",            Lane::fast,    controls::deleteRequests},
    {"GET",    "/__test/events",              Lane::slow,    controls::getEvents},
    {"GET",    "/__test/state",               Lane::durable, controls::getState},
    {"POST",   "/__test/snapshots/*",         Lane::durable, controls::saveSnapshot},
    {"POST",   "/__test/snapshots/*/restore", Lane::durable, controls::restoreSnapshot},
    {"PUT",    "/__test/rotation",            Lane::fast,    controls::putRotation},
    {"GET",    "/__test/secret",              Lane::fast,    controls::getSecret},
});
// clang-format on

std::string_view nextSegment(std::string_view& path) {
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(segment.size() + 1, path.size()));
  return segment;
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// RFC 3986 section 2.1. What is no escape stays as it is.
std::string percentDecoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hexDigit(text[i + 1]) >= 0 && hexDigit(text[i + 2]) >= 0;
    result += escape ? static_cast<char>(hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return result;
}

/// The variable parts of `path` if it has the form of `pattern`.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> parts;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = nextSegment(pattern);
    const std::string_view segment = nextSegment(path);
    if (wanted == "*" && !segment.empty())
      parts.push_back(percentDecoded(segment));
    else if (wanted != segment)
      return std::nullopt;
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parts;
}

// Any page can send requests to this machine; only those that the server knows may turn the world.
void checkOrigin(const StubWorld& world, const httplib::Request& request) {
  if (!request.has_header("Origin")) return;
  const std::string origin = request.get_header_value("Origin");
  const std::string host = request.get_header_value("Host");
  if (judgeOrigin({origin, std::nullopt, host}, world.apiConfig().allowedOrigins) == OriginVerdict::refused)
    throw createOriginNotAllowedError(origin);
}

std::string allowed(std::string_view path) {
  std::string methods;
  for (const ControlRoute& route : table)
    if (match(route.path, path)) methods.append(methods.empty() ? "" : ", ").append(route.method);
  return methods;
}

void dispatch(StubWorld& world, const httplib::Request& request, httplib::Response& response) {
  checkOrigin(world, request);
  const std::string_view path = rawPath(request);
  for (const ControlRoute& route : table) {
    const auto parts = match(route.path, path);
    if (!parts || route.method != request.method) continue;
    const picojson::object body = readControlBody(request.body);
    ControlCall call{world, request, response, body, *parts};
    return route.handler(call);
  }
  const std::string methods = allowed(path);
  if (methods.empty()) throw createNotFoundError();
  setHeader(response, "Allow", methods);
  throw createMethodNotAllowedError();
}

}  // namespace

std::span<const ControlRoute> controlRoutes() {
  return table;
}

bool isControlPath(std::string_view path) {
  return path.starts_with(prefix);
}

Lane controlLane(std::string_view method, std::string_view path) {
  for (const ControlRoute& route : table)
    if (route.method == method && match(route.path, path)) return route.lane;
  return Lane::fast;
}

void control(StubWorld& world, const httplib::Request& request, httplib::Response& response,
             const Exchange& exchange) {
  try {
    dispatch(world, request, response);
  } catch (...) {
    const Outcome outcome = outcomeOf(std::current_exception(), exchange.requestId);
    fail(response, {outcome.status, outcome.code, outcome.message, outcome.fields});
    if (outcome.retryAfterSeconds > 0)
      setHeader(response, "Retry-After", std::to_string(outcome.retryAfterSeconds));
  }
}

}  // namespace glitch_protocol::web
