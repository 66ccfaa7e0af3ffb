// From which pages a request may come (http-api.md, "Origins").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glitch_protocol::web {

/// What a browser says about the page that sent a request. A field that came more than once is given as ""
/// and passes nowhere.
struct OriginEvidence {
  std::optional<std::string_view> origin;
  std::optional<std::string_view> secFetchSite;
  std::string_view host;  ///< of the Host field
};

enum class OriginDecision { refused, allowed };

/// Whether a request that its cookie authenticates may be acted on. The first of these that applies decides:
///   1. Origin is one of `allowedOrigins`: allowed.
///   2. Sec-Fetch-Site is there: allowed when "same-origin" or "none", else refused.
///   3. Origin is there: allowed when its host and port are those of Host, under either scheme; else refused
///      ("null").
///   4. Neither is there, so no browser sent it: allowed.
OriginDecision decideOrigin(const OriginEvidence&, const std::vector<std::string>& allowedOrigins);

/// Whether `origin` is listed, compared byte by byte.
bool isListed(std::string_view origin, const std::vector<std::string>& allowedOrigins);

/// Why an entry of allowed_origins cannot be one, as the end of a sentence ("does not begin with ..."); nothing
/// when it is exactly what browsers send: scheme, lower-case host, port unless it is the scheme's own, no
/// path, no wildcard.
std::optional<std::string> faultOfOrigin(std::string_view entry);

}  // namespace glitch_protocol::web
