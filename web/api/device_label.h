// Derives a short device name from a user agent, for the list of sessions.
#pragma once

#include <string>
#include <string_view>

namespace glitch_protocol::web {

/// "Firefox on Linux", "Chrome on Android", "curl", "Linux" (a system without a known program), "Unknown
/// device". Only words from the tables of this program, whatever the user agent contains. A guess: clients
/// can claim to be anything.
std::string deviceLabel(std::string_view userAgent);

/// The label or, when there is none, the first 40 bytes of the user agent, unchecked.
std::string deviceOrAgent(std::string_view userAgent);

}  // namespace glitch_protocol::web
