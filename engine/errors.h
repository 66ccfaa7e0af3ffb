// The exceptions of the engine: verdicts and outages. A verdict (AuthError) is a decision of the engine; an outage
// (StoreError, BusyError) means that nothing was decided. Neither type derives from the other, so one cannot be caught
// as the other.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "types.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// The public error codes.
namespace code {
inline constexpr std::string_view tokenMissing = "TOKEN_MISSING";
inline constexpr std::string_view tokenInvalid = "TOKEN_INVALID";
inline constexpr std::string_view tokenExpired = "TOKEN_EXPIRED";
inline constexpr std::string_view tokenReuseDetected = "TOKEN_REUSE_DETECTED";
inline constexpr std::string_view sessionTerminated = "SESSION_TERMINATED";
inline constexpr std::string_view sessionExpired = "SESSION_EXPIRED";
inline constexpr std::string_view sessionNotFound = "SESSION_NOT_FOUND";
inline constexpr std::string_view userNotFound = "USER_NOT_FOUND";
inline constexpr std::string_view invalidCredentials = "INVALID_CREDENTIALS";
inline constexpr std::string_view emailTaken = "EMAIL_TAKEN";
inline constexpr std::string_view registrationClosed = "REGISTRATION_CLOSED";
inline constexpr std::string_view validationFailed = "VALIDATION_FAILED";
}  // namespace code

/// The reason for a refusal, for code that depends on it: counting failed attempts, and metrics.
enum class RefusalReason {
  other,
  unknownUser,
  wrongPassword,
  userDisabled,
  samePassword,  ///< the new password equals the current one, which was entered correctly
  emailTaken,
};

/// A verdict. `code()` is public; `what()` is a sentence for people and never contains a secret. The rest is for the
/// log: `cause()` is the private reason in words, empty when the code is enough; `userId()` and `sessionId()` are empty
/// when unknown. Code depends on `reason()` and on the type, never on a text.
class AuthError : public std::runtime_error {
 public:
  AuthError(std::string_view code, const std::string& message, std::string_view cause = "",
            UserId userId = {}, SessionId sessionId = {}, RefusalReason reason = RefusalReason::other)
      : std::runtime_error(message),
        code_(code),
        cause_(cause),
        userId_(std::move(userId)),
        sessionId_(std::move(sessionId)),
        reason_(reason) {}

  const std::string& code() const { return code_; }
  const std::string& cause() const { return cause_; }
  const UserId& userId() const { return userId_; }
  const SessionId& sessionId() const { return sessionId_; }
  RefusalReason reason() const { return reason_; }

 private:
  std::string code_;
  std::string cause_;
  UserId userId_;
  SessionId sessionId_;
  RefusalReason reason_;
};

/// About an access or refresh token: TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_REUSE_DETECTED.
class TokenError : public AuthError {
 public:
  using AuthError::AuthError;
};

/// About a session: SESSION_TERMINATED, SESSION_EXPIRED, SESSION_NOT_FOUND.
class SessionError : public AuthError {
 public:
  using AuthError::AuthError;
};

/// About an account: USER_NOT_FOUND, INVALID_CREDENTIALS, EMAIL_TAKEN, REGISTRATION_CLOSED.
class AccountError : public AuthError {
 public:
  using AuthError::AuthError;
};

/// A field that was refused. `code` is for programs (TOO_SHORT, ...), `message` for people.
struct FieldError {
  std::string field;
  std::string code;
  std::string message;
};

/// VALIDATION_FAILED: the input cannot be accepted. `fields()` lists the refused fields, `cause()` their codes.
class ValidationError : public AuthError {
 public:
  explicit ValidationError(std::vector<FieldError> fields, RefusalReason reason = RefusalReason::other);
  const std::vector<FieldError>& fields() const { return fields_; }

 private:
  std::vector<FieldError> fields_;
};

/// The database could not be read or written. Thrown by adapters, and never turned into a verdict by the engine: the
/// pending decision has not been made.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Too many passwords are waiting to be hashed, or too many writes are waiting for the database. Nothing was decided
/// and nothing changed; try again later.
class BusyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

TokenError createTokenExpiredError();
/// `cause` is for the log only: callers cannot tell the causes apart.
TokenError createTokenInvalidError(std::string_view cause = "");
TokenError createTokenReuseError(const UserId& = {}, const SessionId& = {});
SessionError createSessionNotFoundError();
SessionError createSessionExpiredError();
SessionError createSessionTerminatedError(std::string_view cause = "");
AccountError createUserNotFoundError();
/// For an id that may not be stored (isStorableId()).
ValidationError createInvalidIdError(std::string_view field);
/// The reason is unknownUser, wrongPassword or userDisabled: callers cannot tell them apart.
AccountError createInvalidCredentialsError(RefusalReason, const UserId& = {});

}  // namespace v1
}  // namespace glitch_protocol
