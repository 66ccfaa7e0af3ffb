// Writes and reads times as ISO 8601 (RFC 3339), the one form used in JSON, logs and command output.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/types.h"

namespace glitch_protocol {

/// UTC with milliseconds: "2026-11-23T04:15:00.000Z". Times outside the years 0 to 9999, which the form cannot
/// hold, are clamped to the nearest that it can.
std::string formatTime(TimePoint);

/// The instant that formatTime() writes so, also without the milliseconds; nothing for any other text.
std::optional<TimePoint> parseTime(std::string_view text);

}  // namespace glitch_protocol
