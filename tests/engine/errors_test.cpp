// Tests of the exceptions and of the functions that create them.
#include "engine/errors.h"

#include <string>
#include <type_traits>
#include <vector>

#include "tests/catch.h"

namespace glitch_protocol {

TEST_CASE("each factory makes an error with its public code and a sentence") {
  struct Row {
    const AuthError& error;
    std::string code;
  };
  const TokenError expired = createTokenExpiredError();
  const TokenError invalid = createTokenInvalidError();
  const TokenError reuse = createTokenReuseError();
  const SessionError notFound = createSessionNotFoundError();
  const SessionError sessionExpired = createSessionExpiredError();
  const SessionError terminated = createSessionTerminatedError();
  const AccountError noUser = createUserNotFoundError();
  const AccountError credentials = createInvalidCredentialsError(RefusalReason::other);
  const std::vector<Row> rows = {
      {expired, "TOKEN_EXPIRED"},          {invalid, "TOKEN_INVALID"},
      {reuse, "TOKEN_REUSE_DETECTED"},     {notFound, "SESSION_NOT_FOUND"},
      {sessionExpired, "SESSION_EXPIRED"}, {terminated, "SESSION_TERMINATED"},
      {noUser, "USER_NOT_FOUND"},          {credentials, "INVALID_CREDENTIALS"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.code);
    CHECK(row.error.code() == row.code);
    CHECK(row.error.cause().empty());
    CHECK(std::string(row.error.what()).back() == '.');
  }
}

TEST_CASE("the message of an error does not depend on its cause") {
  CHECK(createTokenInvalidError("bad MAC").cause() == "bad MAC");
  CHECK(std::string(createTokenInvalidError("bad MAC").what()) == createTokenInvalidError("other").what());
  CHECK(std::string(createSessionTerminatedError("logout").what()) == createSessionTerminatedError().what());
  CHECK(std::string(createInvalidCredentialsError(RefusalReason::unknownUser).what()) ==
        createInvalidCredentialsError(RefusalReason::userDisabled).what());
}

TEST_CASE("a validation error lists its fields") {
  const ValidationError error(
      {{"email", "MISSING", "Give an address."}, {"password", "TOO_SHORT", "Use more."}});
  CHECK(error.code() == "VALIDATION_FAILED");
  REQUIRE(error.fields().size() == 2);
  CHECK(error.fields()[1].field == "password");
  CHECK(error.fields()[1].code == "TOO_SHORT");
  CHECK(std::string(error.what()) == "Some fields were not accepted.");
}

TEST_CASE("outages and verdicts do not derive from one another") {
  CHECK_FALSE(std::is_base_of_v<AuthError, StoreError>);
  CHECK_FALSE(std::is_base_of_v<AuthError, BusyError>);
  CHECK_FALSE(std::is_base_of_v<StoreError, AuthError>);
  CHECK_FALSE(std::is_base_of_v<BusyError, AuthError>);
}

}  // namespace glitch_protocol
