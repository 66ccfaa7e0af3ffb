// Copies the settings that the HTTP surface needs into its own configuration.
#include "web/config/api_config.h"

namespace glitch_protocol::web {

ApiConfig apiConfigOf(const Config& config) {
  ApiConfig result;
  result.cookieName = config.cookieName;
  result.cookieSecurity =
      config.cookieSecure == SecureCookie::yes ? CookieSecurity::secure : CookieSecurity::insecure;
  result.allowedOrigins = config.allowedOrigins;
  result.trustedProxies = config.trustedProxies.entries();
  result.maxStreamsPerUser = config.maxStreamsPerUser;
  result.rateLimits = config.rateLimitsInForce();
  return result;
}

}  // namespace glitch_protocol::web
