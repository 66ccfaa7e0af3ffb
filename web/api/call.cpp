#include "web/api/call.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <system_error>
#include <utility>

#include "engine/tokens/device_token.h"
#include "web/http/answer.h"
#include "web/http/cookies.h"

namespace glitch_protocol::web {

namespace {

CookieTransport transportOf(const ApiConfig& config) {
  return config.cookieSecurity == CookieSecurity::secure ? CookieTransport::secureOnly
                                                         : CookieTransport::anyTransport;
}

}  // namespace

std::string_view rawPath(const httplib::Request& request) {
  const std::string_view target = request.target.empty() ? request.path : request.target;
  return target.substr(0, target.find('?'));
}

Call::Call(const Services& services, const Route& route, const httplib::Request& request,
           httplib::Response& response, Exchange& exchange)
    : services_(services), route_(route), request_(request), response_(response), exchange_(exchange) {}

std::string_view Call::path() const {
  return rawPath(request_);
}

std::vector<std::string_view> Call::headerValues(const std::string& name) const {
  std::vector<std::string_view> values;
  const auto [first, last] = request_.headers.equal_range(name);
  for (auto field = first; field != last; ++field) values.emplace_back(field->second);
  return values;
}

const ClientInfo& Call::client() const {
  if (!client_) {
    auto forwarded = headerValues("X-Forwarded-For");
    // The connection layer makes them one. A host's httplib may have lost their order, which tells whom to
    // believe.
    if (forwarded.size() > 1) forwarded.clear();
    client_ = ClientInfo{clientAddress(exchange_.peer.address, forwarded, services_.config.trustedProxies),
                         request_.get_header_value("User-Agent")};
  }
  return *client_;
}

void Call::setIdentity(Identity identity) {
  setClaims(identity.claims);
  identity_ = std::move(identity);
}

void Call::setClaims(const AccessClaims& claims) {
  userId_ = claims.sub;
  sessionId_ = claims.sessionId;
}

void Call::setRefreshIdentity(const RefreshIdentity& identity) {
  userId_ = identity.userId;
  sessionId_ = identity.sessionId;
}

void Call::setRefreshCredential(RefreshCredential credential) {
  refreshCredential_ = std::move(credential);
}

void Call::noteFault(std::string_view field, std::string_view code, std::string_view message) {
  faults_.push_back({std::string(field), std::string(code), std::string(message)});
}

std::string_view Call::peekText(std::string_view field) const {
  const JsonObject::Member* member = body_.find(field);
  return member != nullptr && member->kind == JsonObject::Kind::string ? std::string_view(member->text) : "";
}

std::string Call::requiredText(std::string_view field) {
  auto text = optionalText(field);
  if (!text) noteFault(field, "REQUIRED", "This field is missing.");
  return std::move(text).value_or("");
}

std::optional<std::string> Call::optionalText(std::string_view field) {
  const JsonObject::Member* member = body_.find(field);
  if (member == nullptr) return std::nullopt;
  if (member->kind != JsonObject::Kind::string) {
    noteFault(field, "WRONG_TYPE", "This field must be a string.");
    return "";
  }
  if (member->text.find('\0') != std::string::npos) {
    noteFault(field, "NUL_CHARACTER", "Leave out the character U+0000.");
    return "";
  }
  return member->text;
}

Delivery Call::delivery() {
  const auto faultsBefore = faults_.size();
  const auto text = optionalText("delivery");
  if (!text || faults_.size() > faultsBefore || *text == "cookie") return Delivery::cookie;
  if (*text != "body") noteFault("delivery", "NOT_ALLOWED", "Use \"cookie\" or \"body\", or leave it out.");
  return Delivery::body;
}

void Call::requireFields() const {
  if (!faults_.empty()) throw ValidationError(faults_);
}

std::optional<std::string> Call::queryText(const std::string& name) {
  const std::size_t count = request_.get_param_value_count(name);
  if (count == 0) return std::nullopt;
  std::string text = request_.get_param_value(name);
  if (count > 1) noteFault(name, "NOT_ALLOWED", "Send this parameter once.");
  if (count == 1 && text.empty())
    noteFault(name, "REQUIRED", "This parameter is empty. Leave it out instead.");
  return text;
}

std::size_t Call::queryNumber(const std::string& name, std::size_t low, std::size_t high,
                              std::size_t missing) {
  const auto faultsBefore = faults_.size();
  const auto text = queryText(name);
  if (!text || faults_.size() > faultsBefore) return missing;
  std::size_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, number);
  if (error == std::errc{} && rest == end && number >= low && number <= high) return number;
  noteFault(name, "NOT_ALLOWED",
            "Use a whole number from " + std::to_string(low) + " to " + std::to_string(high) + ".");
  return missing;
}

void Call::setRefreshCookie(const TokenPair& tokens) {
  const ApiConfig& config = services_.config;
  setHeader(response_, "Set-Cookie",
            refreshCookie(config.cookieName, tokens.refreshToken, secondsUntil(tokens.refreshTokenExpiresAt),
                          transportOf(config)));
}

void Call::addDeviceCookie(std::string_view token) {
  addHeader(response_, "Set-Cookie", deviceCookie(token, deviceTokenLifetime, transportOf(services_.config)));
}

void Call::clearRefreshCookie() {
  const ApiConfig& config = services_.config;
  setHeader(response_, "Set-Cookie", clearedRefreshCookie(config.cookieName, transportOf(config)));
}

std::chrono::seconds Call::secondsUntil(TimePoint time) const {
  const auto left = std::chrono::ceil<std::chrono::seconds>(time - engine().clock().now());
  return std::max(left, std::chrono::seconds{0});
}

void Call::log(std::string_view event, const UserId& user, const SessionId& session, LogLevel level) const {
  if (!services_.log.enabled(level)) return;
  services_.log.write(level, event,
                      {{"user", user.str()},
                       {"session", session.str()},
                       {"ip", client().ipAddress},
                       {"request_id", exchange_.requestId}});
}

}  // namespace glitch_protocol::web
