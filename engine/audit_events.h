// The names of the events in an account's history.
#pragma once

#include <string_view>

#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

namespace audit {

inline constexpr std::string_view registered = "REGISTERED";
inline constexpr std::string_view loginSucceeded = "LOGIN_SUCCEEDED";
inline constexpr std::string_view loginFailed = "LOGIN_FAILED";
inline constexpr std::string_view loginLimited = "LOGIN_LIMITED";
inline constexpr std::string_view loggedOut = "LOGGED_OUT";
inline constexpr std::string_view sessionTerminated = "SESSION_TERMINATED";
inline constexpr std::string_view tokenReuseDetected = "TOKEN_REUSE_DETECTED";
inline constexpr std::string_view passwordChanged = "PASSWORD_CHANGED";
inline constexpr std::string_view passwordCheckFailed = "PASSWORD_CHECK_FAILED";
inline constexpr std::string_view userDisabled = "USER_DISABLED";
inline constexpr std::string_view userEnabled = "USER_ENABLED";
inline constexpr std::string_view userDeleted = "USER_DELETED";
inline constexpr std::string_view userAdded = "USER_ADDED";
inline constexpr std::string_view sessionLimitReached = "SESSION_LIMIT_REACHED";
/// Of no account: an operator has put a backup in the place of the database.
inline constexpr std::string_view databaseRestored = "DATABASE_RESTORED";

}  // namespace audit

}  // namespace v1
}  // namespace glitch_protocol
