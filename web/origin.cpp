#include "web/origin.h"

#include <algorithm>

#include "web/ascii.h"

namespace glitch_protocol::web {

namespace {

constexpr std::string_view http = "http://";
constexpr std::string_view https = "https://";

/// The host and port of an origin, or nothing when it has no such scheme.
std::optional<std::string_view> authorityOf(std::string_view origin) {
  if (origin.starts_with(https)) return origin.substr(https.size());
  if (origin.starts_with(http)) return origin.substr(http.size());
  return std::nullopt;
}

// The part in front of the port that goes without saying.
std::string_view withoutPort(std::string_view authority, std::string_view port) {
  return authority.ends_with(port) ? authority.substr(0, authority.size() - port.size()) : authority;
}

bool isSameAuthority(std::string_view origin, std::string_view host) {
  const auto authority = authorityOf(origin);
  if (!authority) return false;
  const std::string_view port = origin.starts_with(https) ? ":443" : ":80";
  const std::string_view named = withoutPort(*authority, port);
  return !named.empty() && equalIgnoringCase(named, withoutPort(host, port));
}

bool isPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 && text.front() != '0' &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Splits "host:port" and "[v6]:port"; the port is nothing when there is no colon for it.
struct Authority {
  std::string_view host;
  std::optional<std::string_view> port;
};

Authority split(std::string_view authority) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {authority, std::nullopt};
  return {authority.substr(0, colon), authority.substr(colon + 1)};
}

bool isHost(std::string_view host) {
  const bool six = host.starts_with('[');
  const std::string_view allowed = six ? "0123456789abcdef:.[]" : "abcdefghijklmnopqrstuvwxyz0123456789.-_";
  return !host.empty() && host.find_first_not_of(allowed) == std::string_view::npos &&
         (!six || host.ends_with(']'));
}

}  // namespace

bool isListed(std::string_view origin, const std::vector<std::string>& allowedOrigins) {
  return !origin.empty() && std::ranges::find(allowedOrigins, origin) != allowedOrigins.end();
}

OriginVerdict judgeOrigin(const OriginEvidence& evidence, const std::vector<std::string>& allowedOrigins) {
  const auto verdict = [](bool allowed) { return allowed ? OriginVerdict::allowed : OriginVerdict::refused; };
  if (evidence.origin && isListed(*evidence.origin, allowedOrigins)) return OriginVerdict::allowed;
  if (evidence.secFetchSite) {
    return verdict(*evidence.secFetchSite == "same-origin" || *evidence.secFetchSite == "none");
  }
  if (evidence.origin) return verdict(isSameAuthority(*evidence.origin, evidence.host));
  return OriginVerdict::allowed;
}

std::optional<std::string> faultOfOrigin(std::string_view entry) {
  if (entry.find('*') != std::string_view::npos) return "must be one origin; wildcards are not possible";
  const auto authority = authorityOf(entry);
  if (!authority) return "must begin with https:// or http://";
  if (authority->find('/') != std::string_view::npos)
    return "must end after the host and port, without a slash";
  const auto [host, port] = split(*authority);
  if (!isHost(host)) return "must have a host in lower case, as in https://app.example.org";
  if (!port) return std::nullopt;
  if (!isPort(*port)) return "has a port that is no number";
  if (*port == (entry.starts_with(https) ? "443" : "80"))
    return "must not name the port that its scheme implies";
  return std::nullopt;
}

}  // namespace glitch_protocol::web
