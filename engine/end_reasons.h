// The reasons for which a session ends: stored with it, and sent to its device as `reason` (http-api.md, "Events").
#pragma once

#include <string_view>

#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

namespace end_reason {

inline constexpr std::string_view logout = "logout";
inline constexpr std::string_view terminated = "terminated";
inline constexpr std::string_view terminatedOthers = "terminated_others";
inline constexpr std::string_view passwordChanged = "password_changed";
inline constexpr std::string_view tokenReuse = "token_reuse";
inline constexpr std::string_view userDisabled = "user_disabled";
inline constexpr std::string_view userDeleted = "user_deleted";
inline constexpr std::string_view expired = "expired";
inline constexpr std::string_view sessionLimit = "session_limit";

}  // namespace end_reason

}  // namespace v1
}  // namespace glitch_protocol
