// The data behind common_passwords.h; nobody else needs it.
#pragma once

#include <span>
#include <string_view>

namespace glitch_protocol {

/// The common passwords in ascending order (as unsigned bytes), all in lower case, printable ASCII, 8 to 20
/// characters, many to a row, separated by single spaces. No row is empty.
extern const std::span<const std::string_view> commonPasswordRows;

}  // namespace glitch_protocol
