#include "web/http/origin.h"

#include <algorithm>

#include "engine/text/ascii.h"
#include "engine/text/host.h"
#include "web/http/client_address.h"

namespace glitch_protocol::web {

namespace {

constexpr std::string_view http = "http://";
constexpr std::string_view https = "https://";

/// The host and port of an origin; nothing when its scheme is not http or https.
std::optional<std::string_view> authorityOf(std::string_view origin) {
  if (origin.starts_with(https)) return origin.substr(https.size());
  if (origin.starts_with(http)) return origin.substr(http.size());
  return std::nullopt;
}

// The authority without `port`, which is the default port of the scheme.
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

/// 1 to 65535 without leading zeros, as browsers write it.
bool isBrowserPort(std::string_view text) {
  return !text.starts_with('0') && parsePort(text);
}

/// The host and the port of "host:port" or "[v6]:port"; the port is nothing when there is no colon for it.
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

bool isBrowserHost(std::string_view host) {
  if (host.starts_with('[')) {
    const std::string_view address = host.substr(1, host.size() - 2);
    return host.ends_with(']') && address.find(':') != std::string_view::npos && IpAddress::parse(address);
  }
  return !host.empty() &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") == std::string_view::npos;
}

}  // namespace

bool isListed(std::string_view origin, const std::vector<std::string>& allowedOrigins) {
  return !origin.empty() && std::ranges::find(allowedOrigins, origin) != allowedOrigins.end();
}

OriginDecision decideOrigin(const OriginEvidence& evidence, const std::vector<std::string>& allowedOrigins) {
  const auto decision = [](bool allowed) {
    return allowed ? OriginDecision::allowed : OriginDecision::refused;
  };
  if (evidence.origin && isListed(*evidence.origin, allowedOrigins)) return OriginDecision::allowed;
  if (evidence.secFetchSite) {
    return decision(*evidence.secFetchSite == "same-origin" || *evidence.secFetchSite == "none");
  }
  if (evidence.origin) return decision(isSameAuthority(*evidence.origin, evidence.host));
  return OriginDecision::allowed;
}

std::optional<std::string> problemWithOrigin(std::string_view entry) {
  if (entry == "*" || entry == "null") return "would let any site act for your users; list each origin";
  if (entry.find('*') != std::string_view::npos)
    return "has a wildcard, which is not possible; list each origin";
  if (std::ranges::any_of(entry, [](char c) { return c >= 'A' && c <= 'Z'; }))
    return "has capital letters; browsers send origins in lower case";
  const auto authority = authorityOf(entry);
  if (!authority) return "does not begin with https:// or http://";
  if (authority->find_first_of("/?#@") != std::string_view::npos)
    return "is more than scheme, host and port (no / at the end either)";
  const auto [host, port] = split(*authority);
  if (!isBrowserHost(host)) return "does not name a valid host, as https://app.example.org does";
  if (!port) return std::nullopt;
  if (!isBrowserPort(*port)) return "has a port that is not a number from 1 to 65535";
  if (*port == (entry.starts_with(https) ? "443" : "80"))
    return "names the port " + std::string(*port) + ", which browsers leave out; leave it out here too";
  return std::nullopt;
}

}  // namespace glitch_protocol::web
