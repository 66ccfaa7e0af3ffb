// Makes text that users have entered safe for header fields.
#pragma once

#include <string>
#include <string_view>

namespace glitch_protocol::web {

/// `text` without control characters (C0, DEL and C1) and without blanks at either end. When `text` is not
/// valid UTF-8, every byte that is not ASCII is removed.
std::string headerText(std::string_view text);

}  // namespace glitch_protocol::web
