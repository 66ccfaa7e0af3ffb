// The data of common_passwords.h, for that file only.
#pragma once

#include <span>
#include <string_view>

namespace glitch_protocol::inline v1 {

/// The common passwords in ascending order (as unsigned bytes), many in each row, separated by single spaces. All
/// are in lower case, printable ASCII, and 8 to 20 characters long. No row is empty.
extern const std::span<const std::string_view> commonPasswordRows;

}  // namespace glitch_protocol::inline v1
