#include "web/api/session_cookies.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "engine/tokens/device_token.h"
#include "web/api/configured_routes.h"
#include "web/http/cookies.h"

namespace glitch_protocol::web {

namespace {

CookieTransport transportOf(const ApiConfig& config) {
  return config.cookieSecurity == CookieSecurity::secure ? CookieTransport::secureOnly
                                                         : CookieTransport::anyTransport;
}

std::string_view refreshPathOf(const ApiConfig& config) {
  if (!config.cookiePath.empty()) return config.cookiePath;
  return config.prefix.empty() ? std::string_view("/") : std::string_view(config.prefix);
}

}  // namespace

void setRefreshCookie(Context& context, const TokenPair& tokens) {
  const ApiConfig& config = context.services.config;
  const CookieScope scope{refreshPathOf(config), secondsUntil(context, tokens.refreshTokenExpiresAt),
                          transportOf(config)};
  context.answer.set("Set-Cookie", cookieField(config.cookieName, tokens.refreshToken, scope));
}

void addDeviceCookie(Context& context, std::string_view token) {
  const ApiConfig& config = context.services.config;
  const std::string path = ConfiguredRoutes::pathOf(RouteId::login, config);
  context.answer.add("Set-Cookie",
                     cookieField(deviceCookieName, token, {path, deviceTokenLifetime, transportOf(config)}));
}

void clearRefreshCookie(Context& context) {
  const ApiConfig& config = context.services.config;
  context.answer.set("Set-Cookie",
                     cookieField(config.cookieName, "",
                                 {refreshPathOf(config), std::chrono::seconds{0}, transportOf(config)}));
}

std::chrono::seconds secondsUntil(const Context& context, TimePoint time) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(time - context.engine().clock().now());
  return std::max(left, std::chrono::seconds{0});
}

}  // namespace glitch_protocol::web
