// Checks new passwords: rules on length and guessability, none on composition (NIST SP 800-63B).
#pragma once

#include <optional>
#include <string_view>

#include "engine/engine_config.h"
#include "engine/errors.h"

namespace glitch_protocol::inline v1 {

/// Returns the first reason to refuse a new password, or nothing. `field` is the name to report; `email` is the
/// account's. Codes, in this order: NUL_CHARACTER, TOO_LONG (over 72 bytes), TOO_SHORT (fewer than minLength code
/// points), TOO_COMMON (one of the most common passwords, the e-mail address, or its part before the @; ignoring
/// case).
std::optional<FieldError> checkNewPassword(std::string_view field, std::string_view password,
                                           std::string_view email, const PasswordRules& rules);

/// Refuses a password that bcrypt would truncate: NUL_CHARACTER or TOO_LONG. checkNewPassword() includes this check.
std::optional<FieldError> checkHashable(std::string_view field, std::string_view password);

}  // namespace glitch_protocol::inline v1
