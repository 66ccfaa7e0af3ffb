// Formats and parses times as ISO 8601 (RFC 3339), the form used in JSON, logs and command output.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/types.h"

namespace glitch_protocol::inline v1 {

/// Formats as UTC with milliseconds: "2026-11-23T04:15:00.000Z". Times outside the years 0 to 9999, which do not
/// fit this form, are clamped.
std::string formatTime(TimePoint);

/// Parses the form of formatTime(), with or without milliseconds; nothing for any other text.
std::optional<TimePoint> parseTime(std::string_view text);

}  // namespace glitch_protocol::inline v1
