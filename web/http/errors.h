// Turns every error into HTTP: one table, one function.
#pragma once

#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "engine/errors.h"
#include "web/http/answer.h"

namespace glitch_protocol::web {

/// Error codes that only the HTTP layer uses.
namespace code {
inline constexpr std::string_view badJson = "BAD_JSON";
inline constexpr std::string_view badRequest = "BAD_REQUEST";
inline constexpr std::string_view unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE";
inline constexpr std::string_view originNotAllowed = "ORIGIN_NOT_ALLOWED";
inline constexpr std::string_view notFound = "NOT_FOUND";
inline constexpr std::string_view methodNotAllowed = "METHOD_NOT_ALLOWED";
inline constexpr std::string_view rateLimited = "RATE_LIMITED";
inline constexpr std::string_view serverBusy = "SERVER_BUSY";
inline constexpr std::string_view storeUnavailable = "STORE_UNAVAILABLE";
inline constexpr std::string_view internalError = "INTERNAL_ERROR";
}  // namespace code

/// A request that the HTTP layer itself refuses, with one of the codes above or TOKEN_MISSING.
class RequestError : public AuthError {
 public:
  using AuthError::AuthError;
};

/// RATE_LIMITED, with the time after which another attempt may be accepted.
class RateLimitedError : public RequestError {
 public:
  explicit RateLimitedError(std::chrono::nanoseconds wait);
  /// Rounded up, at least one second.
  std::chrono::seconds retryAfter() const { return retryAfter_; }

 private:
  std::chrono::seconds retryAfter_;
};

RequestError createNotFoundError();
RequestError createMethodNotAllowedError();
/// `reason` comes from BadJson and never quotes the body.
RequestError createBadJsonError(std::string_view reason);
RequestError createUnsupportedMediaTypeError();
/// `field` was sent more than once.
RequestError createRepeatedFieldError(std::string_view field);
/// `seen` is the Origin, or the field that was checked in its place.
RequestError createOriginNotAllowedError(std::string_view seen);
RequestError createAccessTokenMissingError();
RequestError createRefreshTokenMissingError();
RequestError createTooManyStreamsError();

/// The value of WWW-Authenticate on routes that take a bearer token (RFC 6750, section 3).
enum class Challenge { none, bearer, invalidToken };
enum class CookieEffect { kept, cleared };
/// Whether the connection stays open after the refusal.
enum class ConnectionEffect { kept, closed };
/// Whether the client or the server caused the error. Server errors are logged at level error.
enum class ErrorSource { client, server };

/// An exception as the client sees it, with details for the log.
struct Outcome {
  int status = 500;
  std::string code;
  std::string message;
  std::vector<FieldError> fields;
  Challenge challenge = Challenge::none;
  int retryAfterSeconds = 0;  ///< 0: no Retry-After
  CookieEffect refreshCookie = CookieEffect::kept;
  ErrorSource source = ErrorSource::server;
  ConnectionEffect connection = ConnectionEffect::kept;

  RefusalReason reason = RefusalReason::other;  ///< for the code that counts attempts; not for clients

  // Only for the log.
  std::string cause;
  UserId userId;
  SessionId sessionId;
};

/// Every code that an Outcome can have.
std::vector<std::string_view> refusalCodes();

/// Maps any exception: an AuthError by the table in errors.cpp; StoreError, BusyError and std::bad_alloc to
/// 503; anything else to 500 with a sentence that reveals only the request id.
Outcome outcomeOf(const std::exception_ptr& error, std::string_view requestId);

/// Whether a route takes access tokens, so that refusing one explains how to send it.
enum class Challenges { none, bearer };

/// Turns the answer into this refusal: the envelope, Retry-After, WWW-Authenticate and whether the connection
/// closes. Set-Cookie fields are removed. Every refusal is written here, except those of the connection
/// layer.
void writeRefusal(Answer&, const Outcome&, Challenges = Challenges::none);

}  // namespace glitch_protocol::web
