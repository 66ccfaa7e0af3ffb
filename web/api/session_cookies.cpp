#include "web/api/session_cookies.h"

#include <algorithm>
#include <chrono>

#include "engine/tokens/device_token.h"
#include "web/http/cookies.h"

namespace glitch_protocol::web {

namespace {

CookieTransport transportOf(const ApiConfig& config) {
  return config.cookieSecurity == CookieSecurity::secure ? CookieTransport::secureOnly
                                                         : CookieTransport::anyTransport;
}

}  // namespace

void setRefreshCookie(Context& context, const TokenPair& tokens) {
  const ApiConfig& config = context.services.config;
  context.answer.set("Set-Cookie",
                     refreshCookie(config.cookieName, tokens.refreshToken,
                                   secondsUntil(context, tokens.refreshTokenExpiresAt), transportOf(config)));
}

void addDeviceCookie(Context& context, std::string_view token) {
  context.answer.add("Set-Cookie",
                     deviceCookie(token, deviceTokenLifetime, transportOf(context.services.config)));
}

void clearRefreshCookie(Context& context) {
  const ApiConfig& config = context.services.config;
  context.answer.set("Set-Cookie", clearedRefreshCookie(config.cookieName, transportOf(config)));
}

std::chrono::seconds secondsUntil(const Context& context, TimePoint time) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(time - context.engine().clock().now());
  return std::max(left, std::chrono::seconds{0});
}

}  // namespace glitch_protocol::web
