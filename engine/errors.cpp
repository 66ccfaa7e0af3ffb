// The sentences of the errors, and the factories.
#include "engine/errors.h"

#include <utility>

#include "engine/result.h"

namespace glitch_protocol::inline v1 {

namespace {

std::string codesOf(const std::vector<FieldError>& fields) {
  std::string codes;
  for (const FieldError& field : fields) {
    if (!codes.empty()) codes.append(", ");
    codes.append(field.field).append(" ").append(field.code);
  }
  return codes;
}

std::string_view causeOf(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::unknownUser:
      return "unknown user";
    case RefusalReason::wrongPassword:
      return "wrong password";
    case RefusalReason::userDisabled:
      return "disabled";
    case RefusalReason::samePassword:
    case RefusalReason::emailTaken:
    case RefusalReason::other:
      break;
  }
  return "";
}

}  // namespace

ValidationError::ValidationError(std::vector<FieldError> fields, RefusalReason reason)
    : AuthError(code::validationFailed, "Some fields were not accepted.", codesOf(fields), {}, {}, reason),
      fields_(std::move(fields)) {}

TokenError createTokenExpiredError() {
  return {code::tokenExpired, "The token has expired. Get a new one or sign in again."};
}

TokenError createTokenInvalidError(std::string_view cause) {
  return {code::tokenInvalid, "The token is not valid. Sign in again.", cause};
}

TokenError createTokenReuseError(const UserId& user, const SessionId& session) {
  return {code::tokenReuseDetected,
          "This refresh token has been used before, so sessions were ended for safety. Sign in again.", "",
          user, session};
}

SessionError createSessionNotFoundError() {
  return {code::sessionNotFound, "There is no such session."};
}

SessionError createSessionExpiredError() {
  return {code::sessionExpired, "The session has expired. Sign in again."};
}

SessionError createSessionTerminatedError(std::string_view cause) {
  return {code::sessionTerminated, "The session has been ended. Sign in again.", cause};
}

AccountError createUserNotFoundError() {
  return {code::userNotFound, "There is no such user."};
}

ValidationError createInvalidIdError(std::string_view field) {
  return ValidationError({{std::string(field), "NOT_ALLOWED", "Use 1 to 128 bytes of UTF-8."}});
}

AccountError createInvalidCredentialsError(RefusalReason reason, const UserId& user) {
  return {code::invalidCredentials,
          "The e-mail address or the password is wrong.",
          causeOf(reason),
          user,
          {},
          reason};
}

void throwDenial(const Denial& denial) {
  if (denial.code == code::tokenExpired) throw createTokenExpiredError();
  if (denial.code == code::tokenReuseDetected) throw createTokenReuseError(denial.userId, denial.sessionId);
  if (denial.code == code::sessionExpired) throw createSessionExpiredError();
  if (denial.code == code::sessionTerminated) throw createSessionTerminatedError(denial.cause);
  if (denial.code == code::sessionNotFound) throw createSessionNotFoundError();
  throw createTokenInvalidError(denial.cause);
}

}  // namespace glitch_protocol::inline v1
