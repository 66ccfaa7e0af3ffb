#include "web/serve/start_notices.h"

#include <string>
#include <string_view>

#include "web/connection/address.h"
#include "web/serve/build_info.h"

namespace glitch_protocol::web {
namespace {

void warn(Log& log, std::string_view event, std::string_view advice) {
  log.write(LogLevel::warning, event, {{"advice", advice}});
}

void warnOfExposure(Log& log, const Config& config, const StartFacts& facts) {
  std::string exposed;
  bool onTcp = false;
  for (const std::string& text : facts.addresses) {
    if (text.starts_with("unix:")) continue;  // one passed by systemd may have no path
    onTcp = true;
    if (!isOnThisMachineOnly(parseAddress(text))) exposed += (exposed.empty() ? "" : ", ") + text;
  }
  if (!exposed.empty() && config.tlsCertificate.empty())
    warn(log, "listening_unencrypted",
         "anyone on the network path to " + exposed +
             " can read passwords and tokens: set tls_certificate and tls_private_key, or listen on "
             "127.0.0.1 behind a proxy that serves https");
  if (onTcp && facts.user == 0)
    warn(log, "running_as_root",
         "a vulnerability in this program would expose the whole machine: run it as a user of its own, and "
         "let "
         "systemd pass it the socket if the port is below 1024");
}

}  // namespace

void logStart(Log& log, const LoadedConfig& loaded, const StartFacts& facts) {
  const Config& config = loaded.config;
  for (const std::string& warning : loaded.warnings)
    log.write(LogLevel::warning, "configuration", {{"warning", warning}});
  const bool isOpen = config.accounts.registration == Registration::open;
  const BuildInfo build = buildInfo();
  log.write(LogLevel::info, "started",
            {{"version", build.version},
             {"commit", build.commit},
             {"configuration", loaded.file.empty() ? "none" : loaded.file},
             {"database", config.database},
             {"registration", isOpen ? "open" : "closed"}});
  for (const std::string& address : facts.addresses)
    log.write(LogLevel::info, "listening", {{"address", address}});
  if (config.cookieSecure == SecureCookie::no)
    warn(log, "cookie_not_secure", "cookie_secure = false is for development on plain http only");
  if (config.rateLimiting == RateLimiting::off)
    warn(log, "rate_limits_off", "rate_limits = off lets anyone guess passwords at full speed");
  if (isOpen && !config.trustedProxies.empty())
    warn(log, "emails_not_verified",
         "registration is open, so e-mails are unverified claims: apps behind the proxy must grant rights by "
         "Remote-Sub, not by Remote-User or Remote-Email");
  if (facts.coreDumps == CoreDumps::on)
    warn(log, "core_dumps_on",
         "core files would contain passwords, tokens and the secret, and other processes of this user can "
         "read "
         "the memory: leave core_dumps off and use a release build, except for debugging");
  warnOfExposure(log, config, facts);
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
