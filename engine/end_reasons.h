// The reasons for which this library ends a session: stored with it, and sent to its device as `reason` (openapi.json,
// "SESSION_TERMINATED"). terminateSession() and terminateAllSessions() also take a reason of the caller's.
#pragma once

#include <string_view>

#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

namespace end_reason {

/// Engine::logout, Engine::logoutByRefreshToken.
inline constexpr std::string_view logout = "logout";
/// Engine::terminateSession, Engine::terminateAllSessions, unless they are given another reason; `restore`.
inline constexpr std::string_view terminated = "terminated";
/// Engine::terminateAllOtherSessions.
inline constexpr std::string_view terminatedOthers = "terminated_others";
/// Accounts::changePassword, Accounts::setPassword.
inline constexpr std::string_view passwordChanged = "password_changed";
/// Accounts::disableUser.
inline constexpr std::string_view userDisabled = "user_disabled";
/// Accounts::deleteUser.
inline constexpr std::string_view userDeleted = "user_deleted";
/// A refresh token was presented a second time: all sessions of its user end.
inline constexpr std::string_view tokenReuse = "token_reuse";
/// A newer session exceeded the limit on sessions per user.
inline constexpr std::string_view sessionLimit = "session_limit";
/// No refresh in time, or the maximum age was reached.
inline constexpr std::string_view expired = "expired";

}  // namespace end_reason

}  // namespace v1
}  // namespace glitch_protocol
