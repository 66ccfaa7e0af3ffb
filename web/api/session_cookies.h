// Sets and clears the cookies of the API: the refresh token, and the device by which an account recognises a
// browser.
#pragma once

#include <string_view>

#include "engine/types.h"
#include "web/api/context.h"

namespace glitch_protocol::web {

/// Replaces every cookie that the answer sets so far.
void setRefreshCookie(Context&, const TokenPair&);
/// Keeps the cookies that the answer sets so far, so call it after setRefreshCookie().
void addDeviceCookie(Context&, std::string_view token);
/// Replaces every cookie that the answer sets so far.
void clearRefreshCookie(Context&);

/// Seconds from now until `time`, rounded up; 0 when it has passed.
std::chrono::seconds secondsUntil(const Context&, TimePoint time);

}  // namespace glitch_protocol::web
