// The passwords that everybody tries first.
#pragma once

#include <string_view>

namespace glitch_protocol {

/// Whether `password` is, but for the case of ASCII letters, one of the most common passwords of 8 characters
/// or more (common_passwords_data.cpp). Shorter ones are not listed: no password rule allows them.
bool isCommonPassword(std::string_view password);

}  // namespace glitch_protocol
