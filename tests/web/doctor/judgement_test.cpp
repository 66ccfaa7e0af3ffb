#include "web/doctor/judgement.h"

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/catch.h"

namespace glitch_protocol::web {

using namespace std::chrono_literals;

namespace {

constexpr TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

CertificateEvidence certificateWith(std::chrono::milliseconds life, std::chrono::milliseconds left) {
  return {now + left - life, now + left, ""};
}

/// Behind nginx on another machine, everything as it should be; the doctor runs on the server's machine.
Evidence healthy() {
  Evidence evidence;
  evidence.url = ServerUrl::parse("https://auth.example.org");
  evidence.now = now;
  evidence.ownAddresses = {"127.0.0.1", "::1", "203.0.113.5"};
  evidence.server.proxy = "nginx/1.22.1";
  evidence.server.certificate = certificateWith(90 * 24h, 60 * 24h);
  evidence.server.cookie = CookieEvidence{"refreshToken", "/api", true, true, true};
  evidence.server.hostPassedOn = true;
  evidence.server.foreignOrigin = OriginAnswers{"https://app.example.org", true, true, true};
  evidence.server.signIn = SignInEvidence{"", "192.0.2.123", "203.0.113.5", now, now + 100ms, now, true, ""};
  HostEvidence host;
  host.databaseDirectory = "/var/lib/auth-server";
  host.filesystem = 0xEF53;
  host.trustedProxies = TrustedProxies::parse({"10.0.0.0/8"});
  evidence.host = host;
  return evidence;
}

/// "cookie error cookie_secure; files error database; " for each finding: its topic, severity and setting.
std::string findings(const Evidence& evidence) {
  std::string text;
  for (const Check& check : diagnose(evidence)) {
    CAPTURE(check.topic);
    for (const Finding& finding : check.findings) {
      CHECK_FALSE(finding.what.empty());
      CHECK_FALSE(finding.why.empty());
      CHECK_FALSE(finding.change.empty());
      text.append(check.topic).append(finding.severity == Severity::error ? " error " : " warning ");
      text.append(finding.setting.empty() ? "-" : finding.setting).append("; ");
    }
  }
  return text;
}

std::string unchecked(const Evidence& evidence) {
  std::string topics;
  for (const Check& check : diagnose(evidence))
    if (!check.notChecked.empty()) topics.append(check.topic).append(" ");
  return topics;
}

/// The first sentence that says what is wrong.
std::string firstSentence(const Evidence& evidence) {
  for (const Check& check : diagnose(evidence))
    if (!check.findings.empty()) return check.findings.front().what;
  return "";
}

}  // namespace

TEST_CASE("the doctor finds nothing where nothing is wrong") {
  CHECK(isHealthy(diagnose(healthy())));
  CHECK(findings(healthy()).empty());
  CHECK(unchecked(healthy()).empty());
}

TEST_CASE("each problem that the doctor knows is found, alone, and names its setting") {
  struct Row {
    std::string name;
    std::function<void(Evidence&)> spoil;
    std::string expected;
  };
  const auto [name, spoil, expected] = GENERATE(values<Row>({
      {"plain http",
       [](Evidence& e) {
         e.url = ServerUrl::parse("http://auth.example.org");
         e.server.certificate.reset();
         e.server.foreignOrigin.reset();
       },
       "connection error tls_certificate; cookie error cookie_secure; "},
      {"plain http and a plain cookie",
       [](Evidence& e) {
         e.url = ServerUrl::parse("http://auth.example.org");
         e.server.certificate.reset();
         e.server.foreignOrigin.reset();
         e.server.cookie->secure = false;
       },
       "connection error tls_certificate; "},
      {"plain http on this machine",
       [](Evidence& e) {
         e.url = ServerUrl::parse("http://localhost:8080");
         e.server.certificate.reset();
         e.server.foreignOrigin.reset();
       },
       ""},
      {"a plain cookie over https", [](Evidence& e) { e.server.cookie->secure = false; },
       "cookie error cookie_secure; "},
      {"another path", [](Evidence& e) { e.url = ServerUrl::parse("https://auth.example.org/auth/"); },
       "cookie error -; "},
      {"a path that only looks alike", [](Evidence& e) { e.server.cookie->path = "/ap"; },
       "cookie error -; "},
      {"a rewritten cookie", [](Evidence& e) { e.server.cookie->httpOnly = false; }, "cookie warning -; "},
      {"a cookie for other sites", [](Evidence& e) { e.server.cookie->strict = false; },
       "cookie warning -; "},
      {"no cookie", [](Evidence& e) { e.server.cookie.reset(); }, "cookie error -; "},
      {"an unlisted origin", [](Evidence& e) { e.server.foreignOrigin->cookieAccepted = false; },
       "origins error allowed_origins; "},
      {"answers that pages cannot read", [](Evidence& e) { e.server.foreignOrigin->readable = false; },
       "origins error allowed_origins; "},
      {"no preflight", [](Evidence& e) { e.server.foreignOrigin->preflightPassed = false; },
       "origins error -; "},
      {"another site", [](Evidence& e) { e.server.foreignOrigin->origin = "https://app.example.com"; },
       "origins warning -; "},
      {"the same site under http",
       [](Evidence& e) { e.server.foreignOrigin->origin = "http://app.example.org"; },
       "origins warning -; "},
      {"a lost Host", [](Evidence& e) { e.server.hostPassedOn = false; },
       "origins warning allowed_origins; "},
      {"an expired certificate",
       [](Evidence& e) { e.server.certificate = certificateWith(90 * 24h, -1s); },
       "certificate error tls_certificate; "},
      {"one that ends soon",
       [](Evidence& e) { e.server.certificate = certificateWith(90 * 24h, 13 * 24h); },
       "certificate warning tls_certificate; "},
      {"a short one in its first half",
       [](Evidence& e) { e.server.certificate = certificateWith(6 * 24h, 4 * 24h); }, ""},
      {"a short one at its end",
       [](Evidence& e) { e.server.certificate = certificateWith(6 * 24h, 24h); },
       "certificate warning tls_certificate; "},
      {"one of tomorrow", [](Evidence& e) { e.server.certificate->notBefore = now + 24h; },
       "certificate error tls_certificate; "},
      {"one that nobody trusts",
       [](Evidence& e) { e.server.certificate->distrust = "self-signed certificate"; },
       "certificate error tls_certificate; "},
      {"a file of one that ends soon",
       [](Evidence& e) { e.host->certificateFile = certificateWith(90 * 24h, 24h); },
       "certificate warning tls_certificate; "},
      {"the clock ahead by a little", [](Evidence& e) { e.server.signIn->issuedAt = now + 5s; }, ""},
      {"the clock ahead", [](Evidence& e) { e.server.signIn->issuedAt = now + 10s; }, "clock warning -; "},
      {"the clock far ahead", [](Evidence& e) { e.server.signIn->issuedAt = now + 1h; }, "clock error -; "},
      {"the clock behind", [](Evidence& e) { e.server.signIn->issuedAt = now - 10s; }, "clock warning -; "},
      {"the clock far behind", [](Evidence& e) { e.server.signIn->issuedAt = now - 1h; }, "clock error -; "},
      {"kept back events", [](Evidence& e) { e.server.signIn->eventsArrived = false; }, "events error -; "},
      {"no events",
       [](Evidence& e) {
         e.server.signIn->eventsArrived = false;
         e.server.signIn->eventsRefusal = "status 502";
       },
       "events error -; "},
      {"a refused sign-in",
       [](Evidence& e) { e.server.signIn = SignInEvidence{"status 401", "", "", now, now, {}, false, ""}; },
       "connection error -; "},
      {"an open secret", [](Evidence& e) { e.host->exposedFiles = {"other users may read auth.db.secret"}; },
       "files error jwt_secret_file; "},
      {"a database on NFS", [](Evidence& e) { e.host->filesystem = 0x6969; }, "files error database; "},
      {"a database on CIFS", [](Evidence& e) { e.host->filesystem = 0xFF534D42; }, "files error database; "},
  }));
  INFO(name);
  Evidence evidence = healthy();
  spoil(evidence);
  CHECK(findings(evidence) == expected);
  CHECK(isHealthy(diagnose(evidence)) == expected.empty());
}

TEST_CASE("whose address the server saw tells whether the proxy is trusted") {
  struct Row {
    std::string name;
    std::string seen;
    std::string trusted;
    std::string proxy;
    std::string expected;
  };
  const auto row = GENERATE(values<Row>({
      {"this machine's own address, through a trusted proxy", "203.0.113.5", "10.0.0.1", "nginx", ""},
      {"the proxy's address on this machine", "127.0.0.1", "", "nginx", "address error trusted_proxies; "},
      {"the proxy behind a socket", "unix", "", "nginx", "address error trusted_proxies; "},
      {"a trusted proxy on this machine that replaces the claim", "127.0.0.1", "127.0.0.1", "nginx", ""},
      {"the claim, where this machine stands for the proxy", "192.0.2.123", "127.0.0.1", "nginx", ""},
      {"the claim, from anybody", "192.0.2.123", "10.0.0.1", "nginx", "address error trusted_proxies; "},
      {"the claim, from anybody, without a proxy", "192.0.2.123", "10.0.0.1", "",
       "address error trusted_proxies; "},
      {"a trusted proxy that names nobody", "10.0.0.1", "10.0.0.1", "nginx", "address error -; "},
      {"somebody else's address", "198.51.100.9", "10.0.0.1", "nginx", "address warning trusted_proxies; "},
      {"somebody else's address, without a proxy", "198.51.100.9", "10.0.0.1", "", ""},
      {"this machine, without a proxy", "127.0.0.1", "", "", ""},
  }));
  INFO(row.name);
  Evidence evidence = healthy();
  evidence.server.proxy = row.proxy;
  evidence.server.signIn->seenAddress = row.seen;
  evidence.host->trustedProxies =
      row.trusted.empty() ? TrustedProxies() : TrustedProxies::parse({row.trusted});
  CHECK(findings(evidence) == row.expected);
  if (!row.expected.empty() && row.seen != "192.0.2.123")
    CHECK(firstSentence(evidence).find(row.seen) != std::string::npos);
}

TEST_CASE("what needs a session or the server's machine is not checked without, and that is no problem") {
  Evidence evidence = healthy();
  evidence.server.signIn.reset();
  evidence.host.reset();
  CHECK(unchecked(evidence) == "address clock events files ");
  CHECK(isHealthy(diagnose(evidence)));
  SECTION("but a proxy beside no trusted one is known without signing in") {
    evidence.host = HostEvidence{};
    CHECK(findings(evidence) == "address error trusted_proxies; ");
  }
  SECTION("a reason why nobody signed in is told") {
    evidence.server.signInSkipped = "no password was sent";
    for (const Check& check : diagnose(evidence)) {
      CAPTURE(check.topic);
      if (check.topic == "events") CHECK(check.notChecked == "no password was sent");
    }
  }
}

TEST_CASE("of a server that cannot be reached, or is another, only that and its files are told") {
  Evidence evidence = healthy();
  const bool isThere = GENERATE(true, false);
  evidence.server = {};
  (isThere ? evidence.server.stranger : evidence.server.unreachable) = "status 200";
  evidence.host->filesystem = 0x6969;
  CHECK(findings(evidence) == (isThere ? "connection error -; files error database; "
                                       : "connection error listen; files error database; "));
}

TEST_CASE("an address is read as browsers write it") {
  const auto [text, origin, base, loopback] = GENERATE(table<std::string, std::string, std::string, bool>({
      {"https://Auth.Example.org", "https://auth.example.org", "", false},
      {"https://auth.example.org:443/", "https://auth.example.org", "", false},
      {"http://auth.example.org:8080/a/b/", "http://auth.example.org:8080", "/a/b", false},
      {"http://localhost:80", "http://localhost", "", true},
      {"http://127.0.0.1:8080", "http://127.0.0.1:8080", "", true},
      {"http://[::1]:8080", "http://[::1]:8080", "", true},
      {"https://[2001:db8::1]", "https://[2001:db8::1]", "", false},
  }));
  const ServerUrl url = ServerUrl::parse(text);
  CHECK(url.origin() == origin);
  CHECK(url.base == base);
  CHECK(url.isLoopback() == loopback);
}

TEST_CASE("what is no address of a server is refused with a sentence") {
  const std::string text =
      GENERATE(as<std::string>{}, "", "auth.example.org", "ftp://auth.example.org", "https://", "http://:80",
               "https://a:0", "https://a:65536", "https://a:x", "https://a:", "https://me@a", "https://a/?x",
               "https://a/#x", "https://a b");
  CHECK_THROWS_AS(ServerUrl::parse(text), std::runtime_error);
}

}  // namespace glitch_protocol::web
