// Explains a token: its claims, its session, and whether the engine accepts it.
#include "web/cli/inspected_token.h"

#include <picojson.h>

#include <chrono>
#include <stdexcept>

#include "engine/text/ascii.h"
#include "engine/text/encoding.h"
#include "engine/text/iso_time.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {
namespace {

constexpr std::size_t longestToken = 4096;  // the longest that the engine accepts

std::string textOf(const picojson::object& claims, const char* name) {
  const auto found = claims.find(name);
  return found != claims.end() && found->second.is<std::string>() ? found->second.get<std::string>() : "";
}

std::optional<TimePoint> timeOf(const picojson::object& claims, const char* name) {
  constexpr double endOfTime = 253402300800.0;  // the year 10000
  const auto found = claims.find(name);
  if (found == claims.end() || !found->second.is<double>()) return std::nullopt;
  const double seconds = found->second.get<double>();
  if (!(seconds >= 0 && seconds < endOfTime)) return std::nullopt;
  return TimePoint{std::chrono::seconds{static_cast<long long>(seconds)}};
}

/// Reads the claims of a JSON Web Token without verifying it; changes nothing if they cannot be read.
void readClaims(std::string_view token, InspectedToken& result) {
  if (token.size() > longestToken) return;
  const std::size_t begin = token.find('.') + 1;
  const auto payload = base64urlDecode(token.substr(begin, token.find('.', begin) - begin));
  if (!payload) return;
  picojson::value parsed;
  try {
    if (!picojson::parse(parsed, *payload).empty() || !parsed.is<picojson::object>()) return;
  } catch (const std::overflow_error&) {  // a number that does not fit into a double
    return;
  }
  const auto& claims = parsed.get<picojson::object>();
  result.sub = textOf(claims, "sub");
  result.sessionId = textOf(claims, "sessionId");
  result.issuedAt = timeOf(claims, "iat");
  result.expiresAt = timeOf(claims, "exp");
}

std::string stateOf(const std::optional<Session>& session, TimePoint now) {
  if (!session) return "unknown";
  if (session->endedAt) return "ended " + formatTime(*session->endedAt) + " (" + session->endReason + ")";
  if (session->expiresAt <= now) return "expired " + formatTime(session->expiresAt);
  return "alive";
}

void lookUpSession(Engine& engine, InspectedToken& result) {
  if (result.sessionId.empty()) return;
  std::optional<Session> session;
  engine.getDatabaseAdapter().read(
      [&](Reader& reader) { session = reader.sessions().find(SessionId(result.sessionId)); });
  result.session = stateOf(session, engine.clock().now());
}

void inspectAccessToken(Engine& engine, std::string_view token, InspectedToken& result) {
  readClaims(token, result);
  lookUpSession(engine, result);
  engine.authenticate(token);
}

void inspectRefreshToken(Engine& engine, std::string_view token, InspectedToken& result) {
  const RefreshIdentity identity = engine.identifyRefreshToken(token);
  result.sub = identity.userId.str();
  result.sessionId = identity.sessionId.str();
  lookUpSession(engine, result);
}

}  // namespace

std::string_view nameOf(TokenKind kind) {
  return kind == TokenKind::access ? "access" : "refresh";
}

InspectedToken inspect(Engine& engine, std::string_view text) {
  const std::string_view token = trim(text);
  InspectedToken result;
  result.kind = token.find('.') == std::string_view::npos ? TokenKind::refresh : TokenKind::access;
  try {
    if (result.kind == TokenKind::access)
      inspectAccessToken(engine, token, result);
    else
      inspectRefreshToken(engine, token, result);
    result.accepted = true;
  } catch (const AuthError& verdict) {
    result.code = verdict.code();
    result.reason = verdict.cause().empty() ? verdict.what() : verdict.cause();
  }
  return result;
}

}  // namespace glitch_protocol::web
