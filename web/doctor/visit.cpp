// The steps of a visit:
//
//   certificate        inspected separately, because httplib's client only accepts or refuses it
//   GET me             without a token: is this auth-server, and is there a proxy?
//   POST logout        with an invalid token: the answer clears the cookie, which shows its attributes
//   POST refresh       with an invalid cookie, as from a page of the same host and of another origin
//   OPTIONS refresh    the preflight that a browser sends before the other origin's page may send JSON
//   POST login         with an X-Forwarded-For that nobody has: which address does the server see?
//   GET events         does the first event arrive?
//   POST logout        ends the session of the visit
#include "web/doctor/visit.h"

#include <httplib.h>
#include <picojson.h>

#include <csignal>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "engine/text/ascii.h"
#include "engine/text/encoding.h"
#include "web/doctor/tls_probe.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {
namespace {

constexpr const char* noToken = "doctor";
constexpr const char* claimedAddress = "192.0.2.123";  // TEST-NET-1 (RFC 5737), used by nobody
constexpr const char* jsonType = "application/json";

/// The member at a path of names; null if there is none.
const picojson::value* member(const picojson::value& value, std::initializer_list<const char*> names) {
  const picojson::value* found = &value;
  for (const char* name : names) {
    if (!found->is<picojson::object>() || !found->contains(name)) return nullptr;
    found = &found->get(name);
  }
  return found;
}

std::string textAt(const picojson::value& value, std::initializer_list<const char*> names) {
  const picojson::value* found = member(value, names);
  return found != nullptr && found->is<std::string>() ? found->get<std::string>() : "";
}

picojson::value parsed(const std::string& body) {
  picojson::value value;
  return picojson::parse(value, body).empty() ? value : picojson::value();
}

/// "503 SERVER_BUSY: The server is busy."
std::string describe(const httplib::Result& result) {
  if (!result) return "no answer (" + httplib::to_string(result.error()) + ")";
  const picojson::value body = parsed(result->body);
  std::string text = "status " + std::to_string(result->status);
  if (const std::string code = textAt(body, {"code"}); !code.empty()) text += ", " + code;
  if (const std::string error = textAt(body, {"error"}); !error.empty()) text += ": " + error;
  if (text.ends_with('.')) text.pop_back();  // it becomes part of another sentence
  return text;
}

CookieEvidence readSetCookie(std::string_view field) {
  CookieEvidence cookie;
  for (bool first = true; !field.empty(); first = false) {
    const std::string_view part = trim(field.substr(0, field.find(';')));
    field.remove_prefix(std::min(
        field.size(), field.find(';') == std::string_view::npos ? field.size() : field.find(';') + 1));
    const std::string_view name = part.substr(0, part.find('='));
    const std::string_view value =
        name.size() == part.size() ? std::string_view{} : part.substr(name.size() + 1);
    if (first)
      cookie.name = name;
    else if (equalIgnoringCase(name, "Path"))
      cookie.path = value;
    else if (equalIgnoringCase(name, "Secure"))
      cookie.secure = true;
    else if (equalIgnoringCase(name, "HttpOnly"))
      cookie.httpOnly = true;
    else if (equalIgnoringCase(name, "SameSite"))
      cookie.strict = equalIgnoringCase(value, "Strict");
  }
  return cookie;
}

/// `iat` of an access token (RFC 7519, 4.1.6), without verifying it.
TimePoint issuedAt(const std::string& token) {
  const auto begin = token.find('.') + 1;
  const auto payload = base64urlDecode(std::string_view(token).substr(begin, token.find('.', begin) - begin));
  if (!payload) return {};
  const picojson::value claims = parsed(*payload);
  const picojson::value* iat = member(claims, {"iat"});
  if (iat == nullptr || !iat->is<double>()) return {};
  return TimePoint{std::chrono::seconds{static_cast<std::int64_t>(iat->get<double>())}};
}

/// The address of the current session in a sign-in's answer.
std::string currentAddress(const picojson::value& body) {
  const picojson::value* sessions = member(body, {"data", "sessions"});
  if (sessions == nullptr || !sessions->is<picojson::array>()) return "";
  for (const picojson::value& session : sessions->get<picojson::array>()) {
    const picojson::value* current = member(session, {"current"});
    if (current != nullptr && current->is<bool>() && current->get<bool>())
      return textAt(session, {"ipAddress"});
  }
  return "";
}

/// *One thread at a time.*
class Visitor {
 public:
  explicit Visitor(const VisitPlan& plan) : plan_(plan), client_(plan.url.origin()) {
    client_.set_connection_timeout(plan.patience);
    client_.set_read_timeout(plan.patience);
    client_.set_keep_alive(false);
    client_.set_default_headers({{"User-Agent", "auth-server doctor"}});
  }

  ServerEvidence visit() {
    if (plan_.url.isEncrypted()) lookAtCertificate();
    if (evidence_.unreachable.empty()) meet();
    if (!evidence_.unreachable.empty() || !evidence_.stranger.empty()) return std::move(evidence_);
    askForCookie();
    evidence_.hostPassedOn = !isRefusedByOrigin(refreshFrom(plan_.url.origin(), {}));
    if (plan_.foreignOrigin) askFrom(*plan_.foreignOrigin);
    if (plan_.credentials) signIn();
    return std::move(evidence_);
  }

 private:
  std::string path(std::string_view route) const { return plan_.url.base + std::string(route); }

  void lookAtCertificate() {
    try {
      evidence_.certificate = probeCertificate(plan_.url, plan_.patience);
    } catch (const std::exception& error) {
      evidence_.unreachable = error.what();
      return;
    }
    const bool isGood =
        evidence_.certificate->distrust.empty() && evidence_.certificate->notAfter > plan_.now();
    client_.enable_server_certificate_verification(isGood);
    isTrusted_ = isGood;
  }

  void meet() {
    const auto answer = client_.Get(path("/api/auth/me"));
    if (!answer) {
      evidence_.unreachable = httplib::to_string(answer.error());
      return;
    }
    for (const char* field : {"Via", "Server"})
      if (answer->has_header(field)) evidence_.proxy = answer->get_header_value(field);
    if (answer->status == 401 && textAt(parsed(answer->body), {"code"}) == "TOKEN_MISSING") return;
    evidence_.stranger = describe(answer);
    if (answer->has_header("Location")) evidence_.stranger += ", to " + answer->get_header_value("Location");
  }

  void askForCookie() {
    const std::string body = std::string(R"({"refreshToken":")") + noToken + "\"}";
    const auto answer = client_.Post(path("/api/auth/logout"), body, jsonType);
    if (answer && answer->has_header("Set-Cookie"))
      evidence_.cookie = readSetCookie(answer->get_header_value("Set-Cookie"));
  }

  httplib::Result refreshFrom(const std::string& origin, httplib::Headers headers) {
    const std::string name = evidence_.cookie ? evidence_.cookie->name : "refreshToken";
    headers.emplace("Origin", origin);
    headers.emplace("Cookie", name + "=" + noToken);
    return client_.Post(path("/api/auth/refresh"), headers, "", jsonType);
  }

  static bool isRefusedByOrigin(const httplib::Result& answer) {
    return answer && textAt(parsed(answer->body), {"code"}) == "ORIGIN_NOT_ALLOWED";
  }

  void askFrom(const std::string& origin) {
    OriginAnswers answers{origin, false, false, false};
    const auto letsRead = [&](const httplib::Result& answer) {
      return answer && answer->get_header_value("Access-Control-Allow-Origin") == origin &&
             answer->get_header_value("Access-Control-Allow-Credentials") == "true";
    };
    const auto refresh = refreshFrom(origin, {{"Sec-Fetch-Site", "cross-site"}});
    answers.cookieAccepted = refresh && !isRefusedByOrigin(refresh);
    answers.readable = letsRead(refresh);
    const auto preflight =
        client_.Options(path("/api/auth/refresh"),
                        httplib::Headers{{"Origin", origin},
                                         {"Access-Control-Request-Method", "POST"},
                                         {"Access-Control-Request-Headers", "authorization, content-type"}});
    answers.preflightPassed = letsRead(preflight) && preflight->status / 100 == 2;
    evidence_.foreignOrigin = answers;
  }

  /// Why the password must not be sent; empty if it may be.
  std::string reasonToKeepPassword() const {
    if (plan_.url.isEncrypted()) return isTrusted_ ? "" : "the certificate is not trusted";
    if (plan_.url.isLoopback() || plan_.plainPassword == PlainPassword::allowed) return "";
    return "the connection to another machine is not encrypted (use https; --insecure sends it anyway)";
  }

  void signIn() {
    if (const std::string reason = reasonToKeepPassword(); !reason.empty()) {
      evidence_.signInSkipped = "no password was sent, because " + reason;
      return;
    }
    const Secret password = plan_.credentials->askPassword();
    JsonWriter body;
    body.beginObject().key("email").string(plan_.credentials->email);
    body.key("password").string(password.view()).key("delivery").string("body").endObject();
    SignInEvidence seen;
    seen.claimedAddress = claimedAddress;
    seen.before = plan_.now();
    const auto answer =
        client_.Post(path("/api/auth/login"), httplib::Headers{{"X-Forwarded-For", claimedAddress}},
                     body.text(), jsonType);
    seen.after = plan_.now();
    std::string text = body.take();
    wipe(text);
    if (!answer || answer->status != 200) {
      seen.refusal = describe(answer);
    } else {
      const picojson::value content = parsed(answer->body);
      const std::string token = textAt(content, {"data", "accessToken"});
      seen.seenAddress = currentAddress(content);
      seen.issuedAt = issuedAt(token);
      listen(token, seen);
      client_.Post(path("/api/auth/logout"), httplib::Headers{{"Authorization", "Bearer " + token}}, "",
                   jsonType);
    }
    evidence_.signIn = std::move(seen);
  }

  void listen(const std::string& token, SignInEvidence& seen) {
    std::string received;
    const auto answer =
        client_.Get(path("/api/events"), httplib::Headers{{"Authorization", "Bearer " + token}},
                    [&](const char* bytes, std::size_t size) {
                      received.append(bytes, size);
                      seen.eventsArrived = received.find("event: CONNECTED") != std::string::npos;
                      return !seen.eventsArrived && received.size() < 65'536;
                    });
    // A complete answer is not a stream. If the answer was cut off or did not come, it may be one.
    if (!seen.eventsArrived && answer && answer->status != 200)
      seen.eventsRefusal = "status " + std::to_string(answer->status);
  }

  // constant after construction
  const VisitPlan& plan_;
  httplib::Client client_;
  bool isTrusted_ = false;
  // filled in by the visit
  ServerEvidence evidence_;
};

}  // namespace

ServerEvidence visit(const VisitPlan& plan) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return Visitor(plan).visit();
  } catch (const std::invalid_argument&) {
    ServerEvidence evidence;
    evidence.unreachable = "this program was built without https support for its client";
    return evidence;
  }
}

}  // namespace glitch_protocol::web
