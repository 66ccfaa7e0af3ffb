// The rules for passwords, and the sentences that explain a refusal.
#include "engine/passwords/password_rules.h"

#include <string>

#include "engine/passwords/bcrypt.h"
#include "engine/passwords/common_passwords.h"
#include "engine/text/ascii.h"
#include "engine/text/utf8.h"

namespace glitch_protocol::inline v1 {

namespace {

bool isFromEmail(std::string_view password, std::string_view email) {
  const std::string_view localPart = email.substr(0, email.find('@'));
  return equalIgnoringCase(password, email) || equalIgnoringCase(password, localPart);
}

FieldError fault(std::string_view field, std::string_view code, std::string message) {
  return {.field = std::string(field), .code = std::string(code), .message = std::move(message)};
}

}  // namespace

std::optional<FieldError> checkHashable(std::string_view field, std::string_view password) {
  if (password.find('\0') != std::string_view::npos) {
    return fault(field, "NUL_CHARACTER", "The password contains a NUL character. Leave it out.");
  }
  if (!isBcryptPassword(password)) {
    return fault(field, "TOO_LONG",
                 "The password is too long. Use at most " + std::to_string(maxBcryptPasswordBytes) +
                     " bytes; letters with accents, other scripts and emoji take two to four bytes each.");
  }
  return std::nullopt;
}

std::optional<FieldError> checkNewPassword(std::string_view field, std::string_view password,
                                           std::string_view email, const PasswordRules& rules) {
  if (std::optional<FieldError> error = checkHashable(field, password)) return error;
  if (countCodePoints(password) < rules.minLength) {
    return fault(
        field, "TOO_SHORT",
        "The password is too short. Use at least " + std::to_string(rules.minLength) + " characters.");
  }
  if (isFromEmail(password, email)) {
    return fault(field, "TOO_COMMON", "The password is taken from the e-mail address. Choose another one.");
  }
  if (isCommonPassword(password)) {
    return fault(field, "TOO_COMMON",
                 "The password is one of those that everybody tries first. Choose another one.");
  }
  return std::nullopt;
}

}  // namespace glitch_protocol::inline v1
