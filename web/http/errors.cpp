#include "web/http/errors.h"

#include <algorithm>
#include <array>
#include <new>

namespace glitch_protocol::web {

namespace {

struct Row {
  std::string_view code;
  int status;
  Challenge challenge = Challenge::none;
  int retryAfterSeconds = 0;
  CookieEffect refreshCookie = CookieEffect::kept;
  ConnectionEffect connection = ConnectionEffect::kept;
};

constexpr Row closing(std::string_view code, int status) {
  return {code, status, Challenge::none, 0, CookieEffect::kept, ConnectionEffect::closed};
}

// Of all refused refresh tokens only a reused one clears the cookie: a late answer to an old request must not
// remove the cookie of a new sign-in.
constexpr std::array table = std::to_array<Row>({
    {code::badJson, 400},
    closing(code::badRequest, 400),
    {glitch_protocol::code::validationFailed, 422},
    closing(code::unsupportedMediaType, 415),

    {glitch_protocol::code::invalidCredentials, 401},
    {glitch_protocol::code::tokenMissing, 401, Challenge::bearer},
    {glitch_protocol::code::tokenInvalid, 401, Challenge::invalidToken},
    {glitch_protocol::code::tokenExpired, 401, Challenge::invalidToken},
    {glitch_protocol::code::tokenReuseDetected, 401, Challenge::invalidToken, 0, CookieEffect::cleared},
    {glitch_protocol::code::sessionTerminated, 401, Challenge::invalidToken},
    {glitch_protocol::code::sessionExpired, 401, Challenge::invalidToken},

    {glitch_protocol::code::registrationClosed, 403},
    {code::originNotAllowed, 403},
    {glitch_protocol::code::sessionNotFound, 404},
    {glitch_protocol::code::userNotFound, 404},
    {code::notFound, 404},
    {code::methodNotAllowed, 405},
    {glitch_protocol::code::emailTaken, 409},
    {code::rateLimited, 429, Challenge::none, 30},

    {code::serverBusy, 503, Challenge::none, 1},
    {code::storeUnavailable, 503, Challenge::none, 2},
    {code::internalError, 500},
});

const Row* rowOf(std::string_view code) {
  const auto row = std::ranges::find(table, code, &Row::code);
  return row == table.end() ? nullptr : &*row;
}

Outcome make(std::string_view code, std::string message, ErrorSource source, std::string cause) {
  const Row& row = *rowOf(code);
  Outcome outcome;
  outcome.status = row.status;
  outcome.code = code;
  outcome.message = std::move(message);
  outcome.challenge = row.challenge;
  outcome.retryAfterSeconds = row.retryAfterSeconds;
  outcome.refreshCookie = row.refreshCookie;
  outcome.connection = row.connection;
  outcome.source = source;
  outcome.cause = std::move(cause);
  return outcome;
}

Outcome internalError(std::string_view requestId, std::string cause) {
  std::string message =
      "Something went wrong on our side. If it happens again, tell the operator this request id: ";
  return make(code::internalError, message.append(requestId), ErrorSource::server, std::move(cause));
}

Outcome ofAuthError(const AuthError& error, std::string_view requestId) {
  if (rowOf(error.code()) == nullptr) return internalError(requestId, "unknown code " + error.code());
  Outcome outcome = make(error.code(), error.what(), ErrorSource::client, error.cause());
  outcome.reason = error.reason();
  outcome.userId = error.userId();
  outcome.sessionId = error.sessionId();
  if (const auto* validation = dynamic_cast<const ValidationError*>(&error))
    outcome.fields = validation->fields();
  if (const auto* limited = dynamic_cast<const RateLimitedError*>(&error))
    outcome.retryAfterSeconds = static_cast<int>(limited->retryAfter().count());
  return outcome;
}

// Bounded, since the text is sent back to the client.
std::string_view shortened(std::string_view text) {
  return text.substr(0, 200);
}

}  // namespace

RateLimitedError::RateLimitedError(std::chrono::nanoseconds wait)
    : RequestError(code::rateLimited,
                   "Too many attempts. Wait for as many seconds as Retry-After says, then try again."),
      retryAfter_(std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds{1})) {}

RequestError createNotFoundError() {
  return {code::notFound, "Nothing exists at this address. Check the path; it must not end with a slash."};
}

RequestError createMethodNotAllowedError() {
  return {code::methodNotAllowed,
          "This address does not support this method. Use one from the Allow header."};
}

RequestError createBadJsonError(std::string_view reason) {
  std::string message = "The body cannot be read: ";
  return {code::badJson, message.append(reason).append(". Send one JSON object in UTF-8.")};
}

RequestError createUnsupportedMediaTypeError() {
  return {code::unsupportedMediaType,
          "Send the body as JSON, with the header Content-Type: application/json."};
}

RequestError createRepeatedFieldError(std::string_view field) {
  std::string message = "The request contains more than one ";
  return {code::badRequest, message.append(field).append(". Send exactly one.")};
}

RequestError createOriginNotAllowedError(std::string_view seen) {
  std::string message = "Pages from \"";
  message.append(shortened(seen));
  return {
      code::originNotAllowed,
      message.append("\" may not use the cookie here. To allow them, add their origin to allowed_origins.")};
}

RequestError createAccessTokenMissingError() {
  return {glitch_protocol::code::tokenMissing,
          "An access token is needed. Sign in, and send it as Authorization: Bearer <token>."};
}

RequestError createRefreshTokenMissingError() {
  return {glitch_protocol::code::tokenMissing,
          "A refresh token is needed, as the cookie or as refreshToken in the body. Sign in to get one."};
}

RequestError createTooManyStreamsError() {
  return {code::rateLimited,
          "Too many event streams of this account are open. Close one, or try again later."};
}

std::vector<std::string_view> refusalCodes() {
  std::vector<std::string_view> codes;
  codes.reserve(table.size());
  for (const Row& row : table) codes.push_back(row.code);
  return codes;
}

Outcome outcomeOf(const std::exception_ptr& error, std::string_view requestId) {
  try {
    std::rethrow_exception(error);
  } catch (const AuthError& refusal) {
    return ofAuthError(refusal, requestId);
  } catch (const StoreError& outage) {
    return make(code::storeUnavailable,
                "The server cannot use its database at the moment. Nothing was decided: keep your tokens and "
                "try again.",
                ErrorSource::server, outage.what());
  } catch (const BusyError& outage) {
    return make(code::serverBusy,
                "The server is busy. Nothing was decided: keep your tokens and try again in a moment.",
                ErrorSource::server, outage.what());
  } catch (const std::bad_alloc&) {
    return make(
        code::serverBusy,
        "The server is out of memory. Nothing was decided: keep your tokens and try again in a moment.",
        ErrorSource::server, "out of memory");
  } catch (const std::exception& failure) {
    return internalError(requestId, failure.what());
  } catch (...) {
    return internalError(requestId, "an exception of an unknown type");
  }
}

void writeRefusal(Answer& answer, const Outcome& outcome, Challenges challenges) {
  answer.remove("Set-Cookie");
  fail(answer, {outcome.status, outcome.code, outcome.message, outcome.fields});
  if (outcome.challenge != Challenge::none && challenges == Challenges::bearer) {
    answer.set("WWW-Authenticate",
               outcome.challenge == Challenge::bearer ? "Bearer" : R"(Bearer error="invalid_token")");
  }
  if (outcome.connection == ConnectionEffect::closed) answer.connection = Answer::Connection::closed;
  if (outcome.retryAfterSeconds > 0) answer.set("Retry-After", std::to_string(outcome.retryAfterSeconds));
}

}  // namespace glitch_protocol::web
