#include "web/api/admission.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "engine/audit_events.h"
#include "engine/text/ascii.h"
#include "engine/text/email.h"
#include "engine/text/ip_address.h"
#include "web/http/bearer.h"
#include "web/http/cookies.h"
#include "web/http/json_reader.h"
#include "web/http/origin.h"

namespace glitch_protocol::web {

namespace {

/// What a request keeps while it waits for a thread. The body is parsed again later: parsed, it would need
/// many times the memory.
struct WaitingRoute {
  const Route& route;
  LimitReservations reservations;
  std::optional<PresentedToken> presented;  ///< the token from its body or cookie
};

// ---- The body --------------------------------------------------------------------------------------------------------

bool accepts(MediaTypes types, MediaTypes one) {
  return types == one || types == MediaTypes::jsonOrForm;
}

/// The type of the body, if the route takes it.
MediaTypes typeOfBody(const Context& context) {
  const FieldList::Lookup field = context.request.fields.find("Content-Type");
  if (field.count > 1) throw createRepeatedFieldError("Content-Type");
  const std::string_view type = trim(field.value.substr(0, field.value.find(';')));
  const MediaTypes types = context.route.types;
  if (accepts(types, MediaTypes::json) && equalIgnoringCase(type, "application/json"))
    return MediaTypes::json;
  if (accepts(types, MediaTypes::form) && equalIgnoringCase(type, "application/x-www-form-urlencoded"))
    return MediaTypes::form;
  throw createUnsupportedMediaTypeError();
}

void readBody(Context& context) {
  const std::string_view body = context.request.body;
  if (context.route.body == Body::none) return;
  if (body.empty() && context.route.body == Body::optional) return;
  if (!body.empty() && typeOfBody(context) == MediaTypes::form) return context.setBody(readUrlEncoded(body));
  context.setBody(readJsonBody(body));
}

// ---- Credentials -----------------------------------------------------------------------------------------------------

BearerLookup bearerOf(const Context& context) {
  const BearerLookup bearer = findBearer(context.request.fields);
  if (bearer.found == Found::several) throw createRepeatedFieldError("Authorization header");
  return bearer;
}

CookieLookup cookieOf(const Context& context) {
  const std::string& name = context.services.config.cookieName;
  CookieLookup cookie = findCookie(context.request.fields, name);
  if (cookie.found == Found::several) throw createRepeatedFieldError("cookie named " + name);
  // A browser may keep a cleared cookie as an empty one.
  if (cookie.value.empty()) cookie.found = Found::none;
  return cookie;
}

/// A repeated field counts as "", which is never allowed.
std::optional<std::string_view> onlyValue(const FieldList::Lookup& field) {
  if (field.count == 0) return std::nullopt;
  return field.count == 1 ? field.value : std::string_view{};
}

std::string describe(const OriginEvidence& evidence) {
  if (evidence.origin) return std::string(*evidence.origin);
  return "Sec-Fetch-Site: " + std::string(evidence.secFetchSite.value_or(""));
}

// Browsers send cookies with requests from any page; the origin shows which page it was (OWASP, cross-site
// request forgery).
void checkOrigin(const Context& context) {
  const Request& request = context.request;
  const OriginEvidence evidence{onlyValue(request.fields.find("Origin")),
                                onlyValue(request.fields.find("Sec-Fetch-Site")), request.host};
  if (decideOrigin(evidence, context.services.config.allowedOrigins) == OriginDecision::refused)
    throw createOriginNotAllowedError(describe(evidence));
}

PresentedToken takeCookie(const Context& context, const CookieLookup& cookie) {
  checkOrigin(context);
  return {Proof::refreshCookie, context.engine().checkRefreshToken(cookie.value)};
}

std::optional<PresentedToken> bodyToken(Context& context) {
  Fields body = context.body();
  auto token = body.text("refreshToken");
  body.throwErrors();
  if (!token) return std::nullopt;
  return PresentedToken{Proof::refreshToken, context.engine().checkRefreshToken(*token)};
}

void setCaller(Context& context, const Principal& principal) {
  context.userId = principal.userId;
  context.sessionId = principal.sessionId;
}

SignedIn identify(Context& context, const BearerLookup& bearer) {
  Identity identity = context.engine().identify(bearer.token);
  SignedIn who{{std::move(identity.claims.sub), std::move(identity.claims.sessionId), Proof::accessToken,
                identity.claims.issuedAt},
               std::move(identity.email),
               std::move(identity.name),
               identity.userCreatedAt};
  setCaller(context, who);
  context.engine().updateSessionActivity(who.sessionId);
  return who;
}

SignedIn admitBearer(Context& context) {
  const BearerLookup bearer = bearerOf(context);
  if (bearer.found == Found::none) throw createAccessTokenMissingError();
  return identify(context, bearer);
}

PresentedToken admitRefreshToken(Context& context) {
  const CookieLookup cookie = cookieOf(context);
  if (auto token = bodyToken(context)) return *token;
  if (cookie.found == Found::none) throw createRefreshTokenMissingError();
  return takeCookie(context, cookie);
}

// An idle page often holds an expired access token and a refresh cookie that is still valid: then the cookie
// is used.
SigningOut admitToSignOut(Context& context) {
  const BearerLookup bearer = bearerOf(context);
  const CookieLookup cookie = cookieOf(context);
  if (auto token = bodyToken(context)) return *token;
  if (bearer.found == Found::none && cookie.found == Found::none) throw createAccessTokenMissingError();
  if (bearer.found == Found::none) return takeCookie(context, cookie);
  try {
    AccessClaims claims = context.engine().verifyForLogout(bearer.token);
    Principal who{std::move(claims.sub), std::move(claims.sessionId), Proof::accessToken, claims.issuedAt};
    setCaller(context, who);
    return who;
  } catch (const TokenError&) {
    if (cookie.found == Found::none) throw;
    return takeCookie(context, cookie);
  }
}

Principal admitToListen(Context& context) {
  const BearerLookup bearer = bearerOf(context);
  const CookieLookup cookie = cookieOf(context);
  if (bearer.found == Found::one) return identify(context, bearer);
  if (cookie.found == Found::none) throw createAccessTokenMissingError();
  checkOrigin(context);
  RefreshIdentity identity = context.engine().identifyRefreshToken(cookie.value);
  Principal who{std::move(identity.userId), std::move(identity.sessionId), Proof::refreshCookie,
                identity.issuedAt};
  setCaller(context, who);
  context.engine().updateSessionActivity(who.sessionId);
  return who;
}

Admitted authenticate(Context& context) {
  switch (context.route.access) {
    case Access::bearer:
      return admitBearer(context);
    case Access::refreshToken:
      return admitRefreshToken(context);
    case Access::bearerOrRefreshToken:
      return admitToSignOut(context);
    case Access::bearerOrRefreshCookie:
      return admitToListen(context);
    case Access::open:
      break;
  }
  return std::monostate{};
}

// ---- Rate limits -----------------------------------------------------------------------------------------------------

/// The session of a refresh token, as a key for counting; nothing for a forged token, which the handler
/// refuses without reading the database.
std::optional<std::string> countedSession(const PresentedToken& presented) {
  if (!presented.token) return std::nullopt;
  const auto& bytes = presented.token->lineageId().bytes;
  return std::string(bytes.begin(), bytes.end());
}

/// The log event for a refusal by a limit.
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

/// The e-mail in the body of a sign-in; "" when there is none. Notes no error: the handler does.
std::string emailNamed(Context& context) {
  const picojson::value* email = context.body().find("email");
  return email != nullptr && email->is<std::string>() ? email->get<std::string>() : "";
}

// The cookie is only a hint, so an unreadable or repeated one is ignored.
std::string deviceTokenOf(const Context& context) {
  CookieLookup cookie = findCookie(context.request.fields, deviceCookieName);
  return cookie.found == Found::one ? std::move(cookie.value) : "";
}

/// How the account with this e-mail recognises the client. Must not outlive `context` or `email`.
ClientRecognition recognitionFor(const Context& context, std::string_view email) {
  return {
      [&context, email] { return context.services.known.knownDevice(email, deviceTokenOf(context)); },
      [&context, email] { return context.services.known.knowsAddress(email, context.client().ipAddress); }};
}

void reserve(Context& context, const Admitted& who) {
  RateLimiter& limiter = context.services.limiter;
  const std::string& address = context.client().ipAddress;
  switch (context.route.limit) {
    case Limit::none:
      return;
    case Limit::signIns: {
      const std::string email = emailNamed(context);
      context.reservations = limiter.admitLogin(email, address, recognitionFor(context, email));
      return;
    }
    case Limit::passwordChecks: {
      const std::string& email = std::get<SignedIn>(who).email;
      context.reservations = limiter.admitPasswordChange(email, address, recognitionFor(context, email));
      return;
    }
    case Limit::registrations:
      context.reservations = limiter.admitRegistration(address);
      return;
    case Limit::refreshes:
      if (const auto session = countedSession(std::get<PresentedToken>(who))) limiter.admitRefresh(*session);
  }
}

void checkLimit(Context& context, const Admitted& who) {
  const Limit limit = context.route.limit;
  if (limit == Limit::none) return;
  context.onRefusal.event = limitedEvent(limit);
  reserve(context, who);
  context.onRefusal.event = {};
}

AttemptResult resultOf(const Outcome* refusal) {
  if (refusal == nullptr) return AttemptResult::passed;
  switch (refusal->reason) {
    case RefusalReason::unknownUser:
    case RefusalReason::wrongPassword:
    case RefusalReason::userDisabled:
    case RefusalReason::emailTaken:
      return AttemptResult::failed;
    case RefusalReason::samePassword:
      return AttemptResult::fruitless;
    case RefusalReason::other:
      break;
  }
  return AttemptResult::undecided;
}

// ---- Waiting ---------------------------------------------------------------------------------------------------------

bool hasWaited(const Context& context) {
  return context.exchange.stage == Stage::queued;
}

// After this long the client has left or tries again; and in an outage, each queued request would wait for
// the one before it.
void checkPatience(const Context& context) {
  const auto waited = std::chrono::steady_clock::now() - context.exchange.arrival;
  if (waited > context.services.config.patience) throw BusyError("waited too long for a thread");
}

/// The refresh token that was presented, if that is what the route takes.
std::optional<PresentedToken> takeKept(Context& context) {
  const auto kept = std::static_pointer_cast<WaitingRoute>(std::exchange(context.exchange.kept, nullptr));
  if (!kept) return std::nullopt;
  context.reservations = std::move(kept->reservations);
  return kept->presented;
}

std::optional<PresentedToken> presentedIn(const Admitted& who) {
  if (const auto* presented = std::get_if<PresentedToken>(&who)) return *presented;
  const auto* signingOut = std::get_if<SigningOut>(&who);
  const auto* presented = signingOut != nullptr ? std::get_if<PresentedToken>(signingOut) : nullptr;
  return presented != nullptr ? std::optional(*presented) : std::nullopt;
}

/// The account that the request concerns; for a sign-in, the one in the body.
std::string accountOf(Context& context) {
  if (context.route.limit == Limit::signIns) return normalizeEmail(emailNamed(context)).value_or("");
  return context.userId.str();
}

/// Passes each kind of handler the matching result of admission.
struct Call {
  Context& context;
  const Admitted& who;

  void operator()(Handler::Open handler) const { handler(context); }
  template <class Who>
  void operator()(void (*handler)(Context&, const Who&)) const {
    handler(context, std::get<Who>(who));
  }
};

}  // namespace

Admitted admit(Context& context) {
  if (hasWaited(context)) {
    const auto presented = takeKept(context);
    checkPatience(context);
    if (presented && context.route.access == Access::refreshToken) return *presented;
    if (presented) return SigningOut(*presented);
  }
  readBody(context);
  Admitted who = authenticate(context);
  if (!hasWaited(context)) checkLimit(context, who);
  return who;
}

bool mustWait(const Context& context) {
  const Lane lane = context.route.lane;
  if (lane == Lane::inlined || hasWaited(context)) return false;
  return lane != Lane::probe || !context.services.readiness.isFresh();
}

void waitForThread(Context& context, const Admitted& who) {
  Exchange& exchange = context.exchange;
  exchange.queueing = Queueing{context.route.lane, siteOf(context.client().ipAddress), accountOf(context)};
  exchange.kept = std::make_shared<WaitingRoute>(
      WaitingRoute{context.route, std::move(context.reservations), presentedIn(who)});
}

const Route* routeOnArrival(const Exchange& exchange) {
  const auto* kept = static_cast<const WaitingRoute*>(exchange.kept.get());
  return kept != nullptr ? &kept->route : nullptr;
}

void callHandler(Context& context, const Admitted& who) {
  std::visit(Call{context, who}, context.route.handler.function());
}

void settleLimits(Context& context, const Outcome* refusal) {
  const bool waitBegins = context.reservations.settle(resultOf(refusal));
  if (!waitBegins || refusal == nullptr) return;
  const UserId& user = refusal->userId.empty() ? context.userId : refusal->userId;
  if (user.empty()) return;
  AuditEvent event;
  event.time = context.engine().clock().now();
  event.event = audit::loginLimited;
  event.userId = user;
  event.client = context.client();
  event.actor = Actor::server;
  context.engine().record(std::move(event));
}

}  // namespace glitch_protocol::web
