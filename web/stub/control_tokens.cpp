// The control plane for credentials: creates tokens and cookies without a sign-in.
#include <algorithm>
#include <chrono>
#include <string>

#include "engine/random.h"
#include "engine/tokens/refresh_token.h"
#include "web/http/json_writer.h"
#include "web/stub/control.h"
#include "web/stub/forged_token.h"

namespace glitch_protocol::web::controls {

namespace {

constexpr std::int64_t maxLife = 10L * 365 * 24 * 60 * 60;  // seconds
constexpr std::size_t maxTokenBytes = 4096;

/// The requested session and token.
struct Wish {
  std::string user;
  std::string sessionId;
  TokenFault fault = TokenFault::none;
  std::optional<std::chrono::seconds> life;
  picojson::object claims;
};

/// The created session and its tokens.
struct Grant {
  User user;
  SessionId sessionId;
  TokenPair tokens;
};

Wish readWish(const picojson::object& body) {
  FieldErrors errors;
  Fields fields(body, Typing::json, errors);
  Wish wish;
  if (const auto fault = fields.text("fault")) {
    wish.fault = tokenFaultNamed(*fault).value_or(TokenFault::none);
    if (!tokenFaultNamed(*fault))
      fields.reject("fault", "NOT_ALLOWED", "Use one of " + tokenFaultNames() + ".");
  }
  const bool anybody = wish.fault == TokenFault::unknownUser;
  wish.user = anybody ? fields.text("user").value_or("") : fields.requiredText("user");
  wish.sessionId = fields.text("sessionId").value_or("");
  if (const auto life = fields.integer("expiresInSeconds", 1, maxLife))
    wish.life = std::chrono::seconds{*life};
  wish.claims = fields.object("claims");
  for (const char* own : {"sub", "sessionId", "iat", "exp"})
    if (wish.claims.contains(own))
      errors.note(std::string("claims.") + own, "NOT_ALLOWED",
                  "The server sets this claim; see fault and expiresInSeconds.");
  fields.refuseOthers();
  errors.throwAny();
  return wish;
}

[[noreturn]] void refuse(std::string_view field, std::string_view code, std::string_view message) {
  throw ValidationError({{std::string(field), std::string(code), std::string(message)}});
}

/// Finds the user by e-mail, or by id if the text has no @.
User requireUser(StubWorld& world, const std::string& named) {
  try {
    User user = named.find('@') != std::string::npos ? world.accounts().getUserByEmail(named)
                                                     : world.accounts().getUser(UserId{named});
    if (user.disabledAt) refuse("user", "DISABLED", "This user is disabled. Enable it first.");
    return user;
  } catch (const AccountError&) {
    refuse("user", "NOT_FOUND", "This user does not exist. Seed it first.");
  }
}

Grant openSession(const ControlCall& call, const Wish& wish) {
  Engine& engine = call.world.engine();
  Grant grant;
  grant.user = requireUser(call.world, wish.user);
  if (!wish.sessionId.empty()) {
    grant.sessionId = SessionId{wish.sessionId};
    try {
      grant.tokens = engine.generateTokens(grant.user.id, grant.sessionId);
    } catch (const SessionError&) {
      refuse("sessionId", "NOT_FOUND", "This user has no such session, or it has ended.");
    }
    return grant;
  }
  const CreatedSession created = engine.createSession(grant.user.id, call.exchange.peer.address,
                                                      call.request.fields.value("User-Agent"));
  grant.sessionId = created.session.id;
  grant.tokens = created.tokens;
  return grant;
}

/// Valid tokens of a session and a user that do not exist.
Grant inventSession(StubWorld& world) {
  Engine& engine = world.engine();
  Grant grant;
  grant.user.id = UserId{randomId(engine.random())};
  grant.sessionId = SessionId{randomId(engine.random())};
  RefreshTokenParts parts;
  engine.random().fill(parts.lineageId.bytes);
  grant.tokens.refreshToken = RefreshTokens(world.secret()).encode(parts);
  const TimePoint now = engine.clock().now();
  grant.tokens.accessTokenExpiresAt = now + engine.config().accessTokenExpiryMinutes;
  grant.tokens.refreshTokenExpiresAt = now + engine.config().refreshTokenExpiryDays;
  return grant;
}

bool isOrdinary(const Wish& wish) {
  const bool isValidToken = wish.fault == TokenFault::none || wish.fault == TokenFault::endedSession;
  return isValidToken && wish.claims.empty() && !wish.life;
}

void reforge(StubWorld& world, const Wish& wish, Grant& grant) {
  const TimePoint now = world.clock().now();
  TimePoint& expiry = grant.tokens.accessTokenExpiresAt;
  if (wish.life) expiry = now + *wish.life;
  grant.tokens.accessToken = forgeToken(
      world.secret(), {{grant.user.id, grant.sessionId, now, expiry}, wish.claims, wish.fault}, now);
  if (grant.tokens.accessToken.size() > maxTokenBytes)
    refuse("claims", "TOO_LONG", "The token would exceed the accepted 4 KiB.");
}

void writeGrant(JsonWriter& json, const Grant& grant, TimePoint now) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(grant.tokens.accessTokenExpiresAt - now);
  json.beginObject();
  json.key("accessToken").string(grant.tokens.accessToken);
  json.key("refreshToken").string(grant.tokens.refreshToken);
  json.key("expiresIn").number(left.count());
  json.key("sessionId").string(grant.sessionId.str());
  json.key("userId").string(grant.user.id.str());
  json.endObject();
}

std::string hostName(const Request& request) {
  const std::string_view host = request.host;
  const bool isBracketed = host.starts_with('[');
  return std::string(host.substr(0, isBracketed ? host.find(']') + 1 : host.find(':')));
}

}  // namespace

void mintTokens(ControlCall& call) {
  const Wish wish = readWish(call.body);
  Grant grant = wish.fault == TokenFault::unknownUser ? inventSession(call.world) : openSession(call, wish);
  if (!isOrdinary(wish)) reforge(call.world, wish, grant);
  if (wish.fault == TokenFault::endedSession)
    call.world.engine().terminateSession(grant.sessionId, grant.user.id);
  JsonWriter json;
  writeGrant(json, grant, call.world.clock().now());
  succeed(call.answer, 200, json.text());
}

// Browsers use the real time, so the cookie expires as far from the real time as it does from the time of the
// world.
void mintCookies(ControlCall& call) {
  FieldErrors errors;
  Fields fields(call.body, Typing::json, errors);
  Wish wish;
  wish.user = fields.requiredText("user");
  const std::string domain = fields.text("domain").value_or(hostName(call.request));
  if (domain.empty() || domain.find_first_of(" ;,/") != std::string::npos)
    fields.reject("domain", "NOT_ALLOWED", "Use a host name such as localhost.");
  fields.refuseOthers();
  errors.throwAny();

  const Grant grant = openSession(call, wish);
  const auto left = grant.tokens.refreshTokenExpiresAt - call.world.clock().now();
  const auto expires = std::chrono::ceil<std::chrono::seconds>(systemClock().now() + left);
  const ApiConfig& config = call.world.apiConfig();
  JsonWriter json;
  json.beginObject().key("cookies").beginArray().beginObject();
  json.key("name").string(config.cookieName);
  json.key("value").string(grant.tokens.refreshToken);
  json.key("domain").string(domain);
  json.key("path").string("/api");
  json.key("expires").number(expires.time_since_epoch().count());
  json.key("httpOnly").boolean(true);
  json.key("secure").boolean(config.cookieSecurity == CookieSecurity::secure);
  json.key("sameSite").string("Strict");
  json.endObject().endArray().key("origins").beginArray().endArray().endObject();
  succeed(call.answer, 200, json.text());
}

}  // namespace glitch_protocol::web::controls
