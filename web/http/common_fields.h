// The header fields that every answer carries.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/text/ascii.h"
#include "web/http/field.h"

namespace glitch_protocol::web {

inline constexpr std::string_view requestIdField = "X-Request-Id";

/// All of them but X-Request-Id, whose value differs for each request.
inline constexpr std::array<Field, 3> commonFields{{{"X-Content-Type-Options", "nosniff"},
                                                    {"Cache-Control", "no-store"},
                                                    {"Referrer-Policy", "no-referrer"}}};

/// The same as text, each line with its CR LF.
inline constexpr std::string_view commonFieldLines =
    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n";

inline bool isCommonField(std::string_view name) {
  return equalIgnoringCase(name, requestIdField) ||
         std::ranges::any_of(commonFields,
                             [&](const Field& field) { return equalIgnoringCase(field.name, name); });
}

}  // namespace glitch_protocol::web
