// Normalises e-mail addresses: accounts are stored, compared and rate limited by the normalised form.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glitch_protocol::inline v1 {

/// Returns the address in lower case; nothing unless it is printable ASCII of at most 254 characters (RFC 5321 section
/// 4.5.3.1.3) with one '@' between a local part and a domain. Does not check that the address receives mail.
std::optional<std::string> normalizeEmail(std::string_view email);

}  // namespace glitch_protocol::inline v1
