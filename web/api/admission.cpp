#include "web/api/admission.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "engine/audit_events.h"
#include "engine/text/ascii.h"
#include "engine/text/email.h"
#include "web/http/bearer.h"
#include "web/http/cookies.h"
#include "web/http/errors.h"
#include "web/http/origin.h"

namespace glitch_protocol::web {

namespace {

bool isJson(std::string_view contentType) {
  return equalIgnoringCase(trim(contentType.substr(0, contentType.find(';'))), "application/json");
}

void checkContentType(const Call& call) {
  const auto types = call.headerValues("Content-Type");
  if (types.size() > 1) throw createRepeatedFieldError("Content-Type");
  if (types.empty() || !isJson(types.front())) throw createUnsupportedMediaTypeError();
}

void readBody(Call& call) {
  const std::string& body = call.request().body;
  if (call.route().body == Body::none) return;
  if (body.empty() && call.route().body == Body::optional) return;
  if (!body.empty()) checkContentType(call);
  try {
    call.setBody(readJsonObject(body));
  } catch (const BadJson& fault) {
    throw createBadJsonError(fault.what());
  }
}

BearerLookup bearerOf(const Call& call) {
  const BearerLookup bearer = findBearer(call.headerValues("Authorization"));
  if (bearer.found == Found::several) throw createRepeatedFieldError("Authorization header");
  return bearer;
}

CookieLookup cookieOf(const Call& call) {
  const std::string& name = call.services().config.cookieName;
  CookieLookup cookie = findCookie(call.headerValues("Cookie"), name);
  if (cookie.found == Found::several) throw createRepeatedFieldError("cookie named " + name);
  // What a browser keeps of a cleared cookie, at worst.
  if (cookie.value.empty()) cookie.found = Found::none;
  return cookie;
}

std::optional<std::string_view> onlyValue(const std::vector<std::string_view>& values) {
  if (values.empty()) return std::nullopt;
  return values.size() == 1 ? values.front() : std::string_view{};
}

std::string describe(const OriginEvidence& evidence) {
  if (evidence.origin) return std::string(*evidence.origin);
  return "Sec-Fetch-Site: " + std::string(evidence.secFetchSite.value_or(""));
}

// Cookies come along from any page; this tells whose page it was (OWASP, cross-site request forgery).
void checkOrigin(const Call& call) {
  const auto hosts = call.headerValues("Host");
  const auto origins = call.headerValues("Origin");
  const auto sites = call.headerValues("Sec-Fetch-Site");
  const OriginEvidence evidence{onlyValue(origins), onlyValue(sites), onlyValue(hosts).value_or("")};
  if (judgeOrigin(evidence, call.services().config.allowedOrigins) == OriginVerdict::refused) {
    throw createOriginNotAllowedError(describe(evidence));
  }
}

void takeCookie(Call& call, CookieLookup cookie) {
  checkOrigin(call);
  call.setRefreshCredential({RefreshCredential::Source::cookie, std::move(cookie.value)});
}

/// True when there was one.
bool takeBodyToken(Call& call) {
  auto token = call.optionalText("refreshToken");
  call.requireFields();
  if (!token) return false;
  call.setRefreshCredential({RefreshCredential::Source::body, std::move(*token)});
  return true;
}

void admitBearer(Call& call, const BearerLookup& bearer) {
  call.setIdentity(call.engine().identify(bearer.token));
  call.engine().updateSessionActivity(call.sessionId());
}

void admitRefreshToken(Call& call) {
  CookieLookup cookie = cookieOf(call);
  if (takeBodyToken(call)) return;
  if (cookie.found == Found::none) throw createRefreshTokenMissingError();
  takeCookie(call, std::move(cookie));
}

// A page that is left alone often holds an access token that has expired beside a cookie that has not: then
// the cookie decides.
void admitToSignOut(Call& call) {
  const BearerLookup bearer = bearerOf(call);
  CookieLookup cookie = cookieOf(call);
  if (takeBodyToken(call)) return;
  if (bearer.found == Found::none && cookie.found == Found::none) throw createAccessTokenMissingError();
  if (bearer.found == Found::none) return takeCookie(call, std::move(cookie));
  try {
    call.setClaims(call.engine().verifyForLogout(bearer.token));
  } catch (const TokenError&) {
    if (cookie.found == Found::none) throw;
    takeCookie(call, std::move(cookie));
  }
}

void admitToListen(Call& call) {
  const BearerLookup bearer = bearerOf(call);
  const CookieLookup cookie = cookieOf(call);
  if (bearer.found == Found::one) return admitBearer(call, bearer);
  if (cookie.found == Found::none) throw createAccessTokenMissingError();
  checkOrigin(call);
  call.setRefreshIdentity(call.engine().identifyRefreshToken(cookie.value));
  call.engine().updateSessionActivity(call.sessionId());
}

void authenticate(Call& call) {
  switch (call.route().access) {
    case Access::open:
      return;
    case Access::bearer: {
      const BearerLookup bearer = bearerOf(call);
      if (bearer.found == Found::none) throw createAccessTokenMissingError();
      return admitBearer(call, bearer);
    }
    case Access::refreshToken:
      return admitRefreshToken(call);
    case Access::bearerOrRefreshToken:
      return admitToSignOut(call);
    case Access::bearerOrRefreshCookie:
      return admitToListen(call);
  }
}

/// The session that a refresh token continues, as it is counted; nothing for a forged one, which the handler
/// refuses without asking the database.
std::optional<std::string> countedSession(const Call& call) {
  const auto lineage = call.engine().lineageOf(call.refreshCredential()->token);
  return lineage ? std::optional(std::string(lineage->bytes.begin(), lineage->bytes.end())) : std::nullopt;
}

/// What the log calls a refusal by a limit.
std::string_view limitedEvent(Limit limit) {
  switch (limit) {
    case Limit::none:
      break;
    case Limit::signIns:
      return "login_limited";
    case Limit::passwordChecks:
      return "password_change_limited";
    case Limit::registrations:
      return "registration_limited";
    case Limit::refreshes:
      return "refresh_limited";
  }
  return "";
}

// The cookie decides nothing, so one that cannot be read, or comes twice, is as good as none.
std::string deviceTokenOf(const Call& call) {
  CookieLookup cookie = findCookie(call.headerValues("Cookie"), deviceCookieName);
  return cookie.found == Found::one ? std::move(cookie.value) : "";
}

/// What the account with this e-mail knows of the client. Must not outlive the call, nor the e-mail.
Acquaintance acquaintanceWith(const Call& call, std::string_view email) {
  return {[&call, email] { return call.services().known.knownDevice(email, deviceTokenOf(call)); },
          [&call, email] { return call.services().known.knowsAddress(email, call.client().ipAddress); }};
}

void takePlaces(Call& call, Limit limit) {
  RateLimiter& limiter = call.services().limiter;
  const std::string& address = call.client().ipAddress;
  switch (limit) {
    case Limit::none:
      return;
    case Limit::signIns:
      return call.setPlaces(limiter.admitLogin(call.peekText("email"), address,
                                               acquaintanceWith(call, call.peekText("email"))));
    case Limit::passwordChecks: {
      const std::string& email = call.identity().email;
      return call.setPlaces(limiter.admitPasswordChange(email, address, acquaintanceWith(call, email)));
    }
    case Limit::registrations:
      return call.setPlaces(limiter.admitRegistration(address));
    case Limit::refreshes:
      if (const auto session = countedSession(call)) limiter.admitRefresh(*session);
  }
}

void checkLimit(Call& call) {
  const Limit limit = call.route().limit;
  if (limit == Limit::none) return;
  call.nameRefusal(limitedEvent(limit));
  takePlaces(call, limit);
  call.nameRefusal("");
}

bool hasFault(const Outcome& refusal, std::string_view code) {
  return std::ranges::find(refusal.fields, code, &FieldError::code) != refusal.fields.end();
}

bool hasWaited(const Call& call) {
  return call.exchange().stage == Stage::queued;
}

void takeKeptPlaces(Call& call) {
  const auto places = std::static_pointer_cast<LimitedPlaces>(std::exchange(call.exchange().kept, nullptr));
  if (places) call.setPlaces(std::move(*places));
}

// Who asked so long ago has gone, or asks again; and behind an outage each would wait for the one before it.
void checkPatience(const Call& call) {
  const auto waited = std::chrono::steady_clock::now() - call.exchange().arrival;
  if (waited > call.services().config.patience) throw BusyError("waited too long for a thread");
}

/// Whose account the request is about; for a sign-in the one that it names.
std::string accountOf(const Call& call) {
  if (call.route().limit == Limit::signIns) return normalizeEmail(call.peekText("email")).value_or("");
  return call.userId().str();
}

bool isWrongPassword(const Outcome& refusal) {
  return refusal.code == glitch_protocol::code::invalidCredentials || hasFault(refusal, "WRONG_PASSWORD");
}

Verdict verdictOf(const Outcome* refusal) {
  if (refusal == nullptr) return Verdict::passed;
  const bool decided = isWrongPassword(*refusal) || refusal->code == glitch_protocol::code::emailTaken;
  if (decided) return Verdict::failed;
  // The current password was looked at, and right.
  return hasFault(*refusal, "SAME_PASSWORD") ? Verdict::fruitless : Verdict::undecided;
}

}  // namespace

void admit(Call& call) {
  if (hasWaited(call)) {
    takeKeptPlaces(call);
    checkPatience(call);
  }
  readBody(call);
  authenticate(call);
  if (!hasWaited(call)) checkLimit(call);
}

bool mustWait(const Call& call) {
  const Lane lane = call.route().lane;
  if (lane == Lane::fast || hasWaited(call)) return false;
  return lane != Lane::probe || !call.services().readiness.isFresh();
}

void waitForThread(Call& call) {
  Exchange& exchange = call.exchange();
  exchange.queueing = Queueing{call.route().lane, siteOf(call.client().ipAddress), accountOf(call)};
  exchange.kept = std::make_shared<LimitedPlaces>(std::move(call.places()));
}

void settleLimits(Call& call, const Outcome* refusal) {
  const bool waitBegins = call.places().settle(verdictOf(refusal));
  if (!waitBegins || refusal == nullptr) return;
  const UserId& user = refusal->userId.empty() ? call.userId() : refusal->userId;
  if (user.empty()) return;
  AuditEvent event;
  event.time = call.engine().clock().now();
  event.event = audit::loginLimited;
  event.userId = user;
  event.client = call.client();
  call.engine().record(std::move(event));
}

}  // namespace glitch_protocol::web
