// Text of users in header fields.
#pragma once

#include <string>
#include <string_view>

namespace glitch_protocol::web {

/// `text` without control characters (C0, DEL, and C1 as UTF-8 spells them) and without blanks at its ends.
/// Text that is no well-formed UTF-8 loses every byte that is not ASCII.
std::string headerText(std::string_view text);

}  // namespace glitch_protocol::web
