// A short name for the device behind a user agent, for people who look at their sessions.
#pragma once

#include <string>
#include <string_view>

namespace glitch_protocol::web {

/// "Firefox on Linux", "Chrome on Android", "curl", "Linux" (a system without a known program), "Unknown
/// device". Only words of this program's own tables, whatever the user agent holds. A guess: clients may
/// claim to be anything.
std::string deviceLabel(std::string_view userAgent);

/// The label, or, for what no label is known, the first 40 bytes of what the client calls itself, whatever
/// they are.
std::string deviceOrAgent(std::string_view userAgent);

}  // namespace glitch_protocol::web
