// Decides which web pages may send requests that a cookie authenticates (openapi.json, "Origins").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glitch_protocol::web {

/// What a browser reports about the page that sent a request. A field that was sent more than once is passed
/// as "", which is never allowed.
struct OriginEvidence {
  std::optional<std::string_view> origin;
  std::optional<std::string_view> secFetchSite;
  std::string_view host;  ///< value of the Host field
};

enum class OriginDecision { refused, allowed };

/// Decides whether a request that its cookie authenticates is accepted. The first rule that applies decides:
///   1. Origin is one of `allowedOrigins`: allowed.
///   2. Sec-Fetch-Site is present: allowed when it is "same-origin" or "none", otherwise refused.
///   3. Origin is present: allowed when its host and port equal those of Host, under either scheme; otherwise
///      refused ("null").
///   4. Neither is present, so the request does not come from a browser: allowed.
OriginDecision decideOrigin(const OriginEvidence&, const std::vector<std::string>& allowedOrigins);

/// Whether `origin` is one of `allowedOrigins`, byte for byte.
bool isListed(std::string_view origin, const std::vector<std::string>& allowedOrigins);

/// Why an entry of allowed_origins is invalid, as the end of a sentence ("does not begin with ..."); nothing
/// when it has exactly the form that browsers send: scheme, lower-case host, the port unless it is the
/// default one, no path, no wildcard.
std::optional<std::string> problemWithOrigin(std::string_view entry);

}  // namespace glitch_protocol::web
