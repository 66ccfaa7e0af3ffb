// The list of common passwords, which attackers try first.
#pragma once

#include <string_view>

namespace glitch_protocol::inline v1 {

/// Whether `password` is one of the most common passwords of 8 characters or more (common_passwords_data.cpp), ignoring
/// the case of ASCII letters. Shorter ones are not listed, because no password rule allows them.
bool isCommonPassword(std::string_view password);

}  // namespace glitch_protocol::inline v1
