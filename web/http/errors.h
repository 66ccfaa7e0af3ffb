// Where every verdict and every fault becomes HTTP: one table, one function.
#pragma once

#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "engine/errors.h"
#include "web/http/answer.h"

namespace glitch_protocol::web {

/// The codes that only the HTTP surface gives.
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

/// A request that the HTTP surface refuses by itself, with one of the codes above or TOKEN_MISSING.
class RequestError : public AuthError {
 public:
  using AuthError::AuthError;
};

/// RATE_LIMITED, and after how long another attempt may be let in.
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
/// `reason` is a BadJson's: it quotes nothing of the body.
RequestError createBadJsonError(std::string_view reason);
RequestError createUnsupportedMediaTypeError();
/// `field` came more than once.
RequestError createRepeatedFieldError(std::string_view field);
/// `seen` is the Origin, or what stood in its place.
RequestError createOriginNotAllowedError(std::string_view seen);
RequestError createAccessTokenMissingError();
RequestError createRefreshTokenMissingError();
RequestError createTooManyStreamsError();

/// What WWW-Authenticate says on routes that take a bearer token (RFC 6750, section 3).
enum class Challenge { none, bearer, invalidToken };
enum class CookieEffect { kept, cleared };
/// Whether the connection survives the refusal.
enum class ConnectionEffect { kept, closed };
/// verdict: the caller's doing. fault: ours, and for the log to tell.
enum class Blame { verdict, fault };

/// An exception as the outside sees it, and what the log may know beside it.
struct Outcome {
  int status = 500;
  std::string code;
  std::string message;
  std::vector<FieldError> fields;
  Challenge challenge = Challenge::none;
  int retryAfterSeconds = 0;  ///< 0: no Retry-After
  CookieEffect refreshCookie = CookieEffect::kept;
  Blame blame = Blame::fault;
  ConnectionEffect connection = ConnectionEffect::kept;

  RefusalReason reason = RefusalReason::other;  ///< for what counts attempts; not for clients

  // For the log alone.
  std::string cause;
  UserId userId;
  SessionId sessionId;
};

/// Every code that an Outcome may have.
std::vector<std::string_view> refusalCodes();

/// Any exception at all has an outcome: verdicts by the table in errors.cpp; StoreError, BusyError and
/// std::bad_alloc are 503; anything else is 500 with a sentence that says nothing but the request id.
Outcome outcomeOf(const std::exception_ptr& error, std::string_view requestId);

/// Whether a route takes access tokens, so that its refusals of one tell how to send it.
enum class Challenges { none, bearer };

/// Makes the answer this refusal: the envelope, Retry-After, WWW-Authenticate, and whether the connection closes. Cookies
/// that were set are taken back. Every refusal but those of the connection layer is written here.
void writeRefusal(Answer&, const Outcome&, Challenges = Challenges::none);

}  // namespace glitch_protocol::web
