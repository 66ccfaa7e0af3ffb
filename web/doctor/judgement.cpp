// The judgements about connection, cookie, origins, address, clock and events.
#include "web/doctor/judgement.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace glitch_protocol::web {
namespace {

using namespace std::chrono_literals;

/// What was observed while signed in; null if nobody was.
const SignInEvidence* session(const Evidence& evidence) {
  const auto& signIn = evidence.server.signIn;
  return signIn && signIn->refusal.empty() ? &*signIn : nullptr;
}

/// Why nobody was signed in.
std::string missingSession(const ServerEvidence& server) {
  if (!server.signInSkipped.empty()) return server.signInSkipped;
  if (server.signIn) return "this needs a session, and signing in was refused";
  return "this needs a session: give --user EMAIL, and the password when asked";
}

std::string inQuotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

/// Whether a cookie with that path is sent with a request for `target` (RFC 6265, 5.1.4).
bool covers(std::string_view path, std::string_view target) {
  if (!target.starts_with(path)) return false;
  return target.size() == path.size() || path.ends_with('/') || target[path.size()] == '/';
}

/// The scheme and the last two labels of the host: what browsers call a site, except for suffixes such as co.uk.
std::string siteOf(const ServerUrl& url) {
  const bool isName = url.host.find_first_not_of("0123456789.:") != std::string::npos &&
                      url.host.find(':') == std::string::npos;
  std::size_t begin = 0;
  if (const auto last = url.host.rfind('.'); isName && last != std::string::npos && last > 0) {
    const auto before = url.host.rfind('.', last - 1);
    begin = before == std::string::npos ? 0 : before + 1;
  }
  return (url.isEncrypted() ? "https://" : "http://") + url.host.substr(begin);
}

}  // namespace

Check judgeConnection(const Evidence& evidence) {
  Check check{"connection"};
  const ServerUrl& url = evidence.url;
  if (!evidence.server.unreachable.empty()) {
    check.findings.push_back(
        {Severity::error, "Nothing answers at " + url.origin() + " (" + evidence.server.unreachable + ").",
         "Nobody can sign in.",
         "Check that the server and the proxy in front of it are running, and that browsers use " +
             inQuotes(url.origin()) + ".",
         "listen"});
    return check;
  }
  if (!evidence.server.stranger.empty()) {
    check.findings.push_back({Severity::error,
                              "What answers at " + url.origin() + url.base +
                                  "/api/ is not auth-server: " + evidence.server.stranger + ".",
                              "Nobody can sign in.",
                              "Let the proxy pass " + url.base + "/api/ on to auth-server, as /api/."});
    return check;
  }
  if (!url.isEncrypted() && !url.isLoopback()) {
    check.findings.push_back({Severity::error, "The connection is not encrypted.",
                              "Anybody on the network path can read passwords and tokens, and use them.",
                              "Serve https, in the proxy or with tls_certificate and tls_private_key.",
                              "tls_certificate"});
  }
  return check;
}

Check judgeCookie(const Evidence& evidence) {
  Check check{"cookie"};
  const ServerUrl& url = evidence.url;
  if (!evidence.server.cookie) {
    check.findings.push_back({Severity::error, "The answer to a logout carries no Set-Cookie.",
                              "Browsers cannot stay signed in: something in between removes the cookie.",
                              "Let the proxy pass Set-Cookie on."});
    return check;
  }
  const CookieEvidence& cookie = *evidence.server.cookie;
  if (cookie.secure && !url.isEncrypted() && !url.isLoopback()) {
    check.findings.push_back(
        {Severity::error, "The cookie " + cookie.name + " is Secure, but the page is loaded over plain http.",
         "Browsers drop it: people are signed out as soon as their access token expires.",
         "Serve https. For development on plain http only: cookie_secure = false.", "cookie_secure"});
  }
  if (!cookie.secure && url.isEncrypted()) {
    check.findings.push_back(
        {Severity::error,
         "The cookie " + cookie.name + " is not Secure, although the page is loaded over https.",
         "A single request over plain http shows the refresh token to anybody on the network path.",
         "cookie_secure = true", "cookie_secure"});
  }
  if (const std::string target = url.base + "/api/auth/refresh"; !covers(cookie.path, target)) {
    check.findings.push_back(
        {Severity::error,
         "The cookie's path is " + inQuotes(cookie.path) + ", but browsers call " + target + ".",
         "Browsers never send it there, so nobody can refresh.",
         "Serve under /api, or let the proxy rewrite the path (nginx: proxy_cookie_path /api " + url.base +
             "/api)."});
  }
  if (!cookie.httpOnly || !cookie.strict) {
    check.findings.push_back({Severity::warning,
                              std::string("The cookie has lost ") +
                                  (cookie.httpOnly ? "SameSite=Strict" : "HttpOnly") + " on the way.",
                              "Pages can read it, or other sites can make browsers send it.",
                              "Let the proxy pass Set-Cookie on as it is."});
  }
  return check;
}

namespace {

void judgeForeignOrigin(const Evidence& evidence, const OriginAnswers& answers, Check& check) {
  const std::string who = "Pages of " + answers.origin;
  if (!answers.cookieAccepted || !answers.readable) {
    check.findings.push_back(
        {Severity::error,
         who + (answers.cookieAccepted ? " may not read the answers." : " are refused (ORIGIN_NOT_ALLOWED)."),
         "An app there cannot sign anybody in or refresh.",
         "allowed_origins = " + answers.origin + " (in addition to those listed)", "allowed_origins"});
  } else if (!answers.preflightPassed) {
    check.findings.push_back({Severity::error,
                              who + " are allowed, but the preflight request is not answered.",
                              "Browsers send OPTIONS first, and nothing else if that fails.",
                              "Let the proxy pass OPTIONS on, and leave the Access-Control headers alone."});
  }
  if (siteOf(ServerUrl::parse(answers.origin)) == siteOf(evidence.url)) return;
  check.findings.push_back({Severity::warning,
                            answers.origin + " and " + evidence.url.origin() + " are different sites.",
                            "The cookie is SameSite=Strict, so browsers do not send it from there.",
                            "Serve both under one domain, or let the app use \"delivery\": \"body\" and keep "
                            "the refresh token itself."});
}

}  // namespace

Check judgeOrigins(const Evidence& evidence) {
  Check check{"origins"};
  if (!evidence.server.hostPassedOn) {
    check.findings.push_back(
        {Severity::warning, "The server does not know that browsers call it " + evidence.url.origin() + ".",
         "Browsers that do not send Sec-Fetch-Site (Safari before 16.4) get "
         "ORIGIN_NOT_ALLOWED when they refresh.",
         "Let the proxy pass the Host on (nginx: proxy_set_header Host $http_host), or list "
         "the origin in allowed_origins.",
         "allowed_origins"});
  }
  if (evidence.server.foreignOrigin) judgeForeignOrigin(evidence, *evidence.server.foreignOrigin, check);
  return check;
}

namespace {

bool isLoopbackAddress(std::string_view address) {
  return address == "unix" || address == "::1" || address.starts_with("127.");
}

bool isTrusted(const TrustedProxies& proxies, const std::string& address) {
  if (address == "unix") return proxies.trustUnixPeers();
  const auto parsed = IpAddress::parse(address);
  return parsed && proxies.trust(*parsed);
}

Finding proxyNotTrusted(const Evidence& evidence, const std::string& seen) {
  return {Severity::error,
          "There is a proxy (" + evidence.server.proxy + "), and the server takes its address, " + seen +
              ", for the address of every client.",
          "Rate limits apply to all people together, and nobody can recognise the devices in the list.",
          "trusted_proxies = " + seen, "trusted_proxies"};
}

/// The server accepted the claimed address. That is right if the doctor itself runs at a trusted proxy's address.
void judgeBelievedClaim(const Evidence& evidence, Check& check) {
  const auto standsAtProxy = [&](const std::string& address) {
    return isTrusted(evidence.host->trustedProxies, address);
  };
  if (evidence.host && std::ranges::any_of(evidence.ownAddresses, standsAtProxy)) return;
  check.findings.push_back({Severity::error, "The server accepts the X-Forwarded-For that a client sends.",
                            "Anybody can choose the address that rate limits and the log see.",
                            "Let the proxy append to X-Forwarded-For or replace it (nginx: "
                            "$proxy_add_x_forwarded_for), and list only your proxies in trusted_proxies.",
                            "trusted_proxies"});
}

}  // namespace

// A proxy on the doctor's own machine has the same address as the doctor, so the doctor sends an X-Forwarded-For
// with an address that nobody has. If the server accepts it, it trusts the peer that passed it on.
Check judgeAddress(const Evidence& evidence) {
  Check check{"address"};
  const bool proxied = !evidence.server.proxy.empty();
  const SignInEvidence* const signIn = session(evidence);
  if (signIn == nullptr) {
    if (proxied && evidence.host && evidence.host->trustedProxies.empty()) {
      check.findings.push_back(
          {Severity::error, "There is a proxy (" + evidence.server.proxy + "), and trusted_proxies is none.",
           "Everybody seems to come from the proxy: rate limits apply to all people together.",
           "trusted_proxies = the proxy's address (on the same machine: 127.0.0.1, ::1)", "trusted_proxies"});
    } else {
      check.notChecked = missingSession(evidence.server);
    }
    return check;
  }
  const std::string& seen = signIn->seenAddress;
  if (seen == signIn->claimedAddress) {
    judgeBelievedClaim(evidence, check);
    return check;
  }
  if (!proxied) return check;
  const bool own = std::ranges::find(evidence.ownAddresses, seen) != evidence.ownAddresses.end();
  const bool trusted = evidence.host && isTrusted(evidence.host->trustedProxies, seen);
  if (own && (!isLoopbackAddress(seen) || trusted)) return check;
  if (isLoopbackAddress(seen) && !trusted) {
    check.findings.push_back(proxyNotTrusted(evidence, seen));
  } else if (trusted) {
    check.findings.push_back(
        {Severity::error,
         "The proxy at " + seen + " is trusted, but does not send the address of its client.",
         "Rate limits apply to all people together, and nobody can recognise the devices in the list.",
         "Let the proxy send X-Forwarded-For (nginx: proxy_set_header X-Forwarded-For "
         "$proxy_add_x_forwarded_for)."});
  } else {
    check.findings.push_back(
        {Severity::warning,
         "The server saw this request come from " + seen + ", which is not an address of this machine (" +
             joined(evidence.ownAddresses) + ").",
         "If it is the proxy's (" + evidence.server.proxy +
             "), everybody seems to come from there. If it is the public address of your "
             "network, all is well.",
         "If it is the proxy's: trusted_proxies = " + seen, "trusted_proxies"});
  }
  return check;
}

Check judgeClock(const Evidence& evidence) {
  Check check{"clock"};
  const SignInEvidence* const signIn = session(evidence);
  if (signIn == nullptr) {
    check.notChecked = missingSession(evidence.server);
    return check;
  }
  // The token's time is truncated to whole seconds.
  const auto ahead = signIn->issuedAt - signIn->after;
  const auto behind = signIn->before - (signIn->issuedAt + 999ms);
  const auto apart = std::max(ahead, behind);
  if (apart <= 5s) return check;
  const auto seconds = std::chrono::round<std::chrono::seconds>(apart).count();
  check.findings.push_back(
      {apart > 60s ? Severity::error : Severity::warning,
       "The server's clock and this machine's are " + std::to_string(seconds) + " s apart; the server's is " +
           (ahead > behind ? "ahead." : "behind."),
       "Programs that verify tokens on other machines see them as expired or not yet valid, "
       "and the times in the log are wrong.",
       "Let both machines set their clocks from the network (timedatectl set-ntp true)."});
  return check;
}

Check judgeEvents(const Evidence& evidence) {
  Check check{"events"};
  const SignInEvidence* const signIn = session(evidence);
  if (signIn == nullptr) {
    check.notChecked = missingSession(evidence.server);
  } else if (!signIn->eventsRefusal.empty()) {
    check.findings.push_back({Severity::error,
                              "The event stream does not open: " + signIn->eventsRefusal + ".",
                              "Devices are not told at once that they have been signed out.",
                              "Let the proxy pass " + evidence.url.base + "/api/events on."});
  } else if (!signIn->eventsArrived) {
    check.findings.push_back(
        {Severity::error,
         "The event stream opens, but its first event does not arrive: something in between delays it.",
         "Devices are not told at once that they have been signed out.",
         "Turn buffering off for " + evidence.url.base +
             "/api/events (nginx: proxy_buffering off, and no proxy_ignore_headers X-Accel-Buffering)."});
  }
  return check;
}

Diagnosis diagnose(const Evidence& evidence) {
  Diagnosis diagnosis{judgeConnection(evidence)};
  if (evidence.server.certificate || (evidence.host && evidence.host->certificateFile))
    diagnosis.push_back(judgeCertificate(evidence));
  const bool met = evidence.server.unreachable.empty() && evidence.server.stranger.empty();
  if (met) {
    for (const auto judge : {judgeCookie, judgeOrigins, judgeAddress, judgeClock, judgeEvents})
      diagnosis.push_back(judge(evidence));
    const auto& signIn = evidence.server.signIn;
    if (signIn && !signIn->refusal.empty())
      diagnosis.front().findings.push_back({Severity::error,
                                            "Signing in was refused: " + signIn->refusal + ".",
                                            "What needs a session was not checked.",
                                            "Try again with an existing user and the right password."});
  }
  diagnosis.push_back(judgeFiles(evidence));
  return diagnosis;
}

}  // namespace glitch_protocol::web
