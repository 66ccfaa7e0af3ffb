// Which passwords may be set. Length and guessability only; no rules of composition (NIST SP 800-63B).
#pragma once

#include <optional>
#include <string_view>

#include "engine/engine_config.h"
#include "engine/errors.h"

namespace glitch_protocol {

/// The first fault of a new password, or nothing. `field` is the name to report it under; `email` is the
/// account's. Codes, in this order: NUL_CHARACTER, TOO_LONG (over 72 bytes), TOO_SHORT (fewer than minLength
/// code points), TOO_COMMON (one of the most common passwords, the e-mail address, or its part before the @;
/// whatever the case).
std::optional<FieldError> checkNewPassword(std::string_view field, std::string_view password,
                                           std::string_view email, const PasswordRules& rules);

/// The faults that would make bcrypt cut a password: NUL_CHARACTER and TOO_LONG. checkNewPassword() includes
/// them.
std::optional<FieldError> checkHashable(std::string_view field, std::string_view password);

}  // namespace glitch_protocol
