// The one spelling of an e-mail address by which accounts are stored, compared and limited.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glitch_protocol {

/// The address in lower case; nothing when it is not printable ASCII of at most 254 characters (RFC 5321
/// section 4.5.3.1.3) with one '@' between a local part and a domain. Whether mail arrives there only mail
/// can tell.
std::optional<std::string> normalizeEmail(std::string_view email);

}  // namespace glitch_protocol
