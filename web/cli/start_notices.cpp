#include "web/cli/start_notices.h"

#include <string_view>

namespace glitch_protocol::web {
namespace {

void warn(Log& log, std::string_view event, std::string_view advice) {
  log.write(LogLevel::warning, event, {{"advice", advice}});
}

}  // namespace

void logStart(Log& log, const LoadedConfig& loaded, const std::vector<std::string>& addresses) {
  const Config& config = loaded.config;
  for (const std::string& warning : loaded.warnings)
    log.write(LogLevel::warning, "configuration", {{"warning", warning}});
  const bool isOpen = config.accounts.registration == Registration::open;
  log.write(LogLevel::info, "started",
            {{"version", AUTH_SERVER_VERSION},
             {"configuration", loaded.file.empty() ? "none" : loaded.file},
             {"database", config.database},
             {"registration", isOpen ? "open" : "closed"}});
  for (const std::string& address : addresses) log.write(LogLevel::info, "listening", {{"address", address}});
  if (config.cookieSecure == SecureCookie::no)
    warn(log, "cookie_not_secure", "cookie_secure = false is for development on plain http only");
  if (config.rateLimiting == RateLimiting::off)
    warn(log, "rate_limits_off", "rate_limits = off lets anybody guess passwords at full speed");
}

void logMetrics(Log& log, const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses)
    log.write(LogLevel::info, "metrics_listening", {{"address", address}});
}

std::string listeningLine(const Config& config, const std::vector<std::string>& addresses) {
  const std::string scheme = config.tlsCertificate.empty() ? "http://" : "https://";
  std::string line = "auth-server listens on ";
  for (const std::string& address : addresses) {
    if (&address != &addresses.front()) line += ", ";
    line += (address.starts_with("unix:") ? "" : scheme) + address;
  }
  return line;
}

}  // namespace glitch_protocol::web
  if (isOpen && !config.trustedProxies.empty())
    warn(log, "emails_not_verified",
         "registration is open, so an e-mail is only what somebody claimed: apps behind the proxy must grant "
         "rights by Remote-Sub, not by Remote-User or Remote-Email");
  warnOfExposure(log, config, facts);
