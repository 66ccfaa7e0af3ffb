// Fuzzes User-Agent, Origin, Sec-Fetch-Site, Host and names for header fields: the results come from tables
// of this program, or are printable, or are refusals.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/ascii.h"
#include "engine/text/utf8.h"
#include "web/api/device_label.h"
#include "web/http/bearer.h"
#include "web/http/header_text.h"
#include "web/http/origin.h"

namespace {

using namespace glitch_protocol;
using namespace glitch_protocol::web;

void require(bool condition) {
  if (!condition) std::abort();
}

void checkDeviceLabel(std::string_view userAgent) {
  const std::string label = deviceLabel(userAgent);
  require(!label.empty() && label.size() <= 48);
  require(std::ranges::all_of(label, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '<'; }));
}

void checkHeaderText(std::string_view text) {
  const std::string kept = headerText(text);
  require(isUtf8(kept) && kept.size() <= text.size() && headerText(kept) == kept);
  require(std::ranges::none_of(kept, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }));
}

/// No allowed origins, and no other field from the browser.
OriginDecision judge(std::optional<std::string_view> origin, std::optional<std::string_view> site,
                     std::string_view host) {
  return decideOrigin({origin, site, host}, {});
}

void checkOrigin(const std::string& origin, std::string_view site, std::string_view host) {
  const auto allowed = OriginDecision::allowed;
  require((judge(origin, site, host) == allowed) == (site == "same-origin" || site == "none"));
  if (judge(origin, std::nullopt, host) == allowed) {
    // An accepted origin is http(s) and names the host.
    const std::string_view authority = std::string_view(origin).substr(origin.starts_with("https") ? 8 : 7);
    require(origin.starts_with("http://") || origin.starts_with("https://"));
    const std::size_t length = std::min(authority.size(), host.size());
    require(length > 0 && equalIgnoringCase(authority.substr(0, length), host.substr(0, length)));
  }
  if (!origin.empty()) require(decideOrigin({origin, site, host}, {origin}) == allowed);
  // An allowed origin equals the configured one byte for byte.
  if (!problemWithOrigin(origin)) {
    require(origin.find_first_of(" /*\r\n\"", 8) == std::string::npos);
    require(isListed(origin, {origin}) && !isListed(origin + "/", {origin}));
    const std::string_view authority = std::string_view(origin).substr(origin.starts_with("https") ? 8 : 7);
    require(judge(origin, std::nullopt, authority) == allowed);
  }
}

void checkBearer(std::string_view field) {
  const std::array twice{Field{"Authorization", field}, Field{"Authorization", field}};
  const BearerLookup bearer = findBearer(FieldList(std::span(twice).first(1)));
  require(bearer.found != Found::several);
  require((bearer.found == Found::one) == !bearer.token.empty());
  if (bearer.found == Found::one) require(equalIgnoringCase(field.substr(0, 7), "bearer "));
  require(findBearer(FieldList(twice)).found == Found::several);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view whole(reinterpret_cast<const char*>(data), size);
  checkDeviceLabel(whole);
  checkHeaderText(whole);
  checkBearer(whole);
  // "origin\nsite\nhost"
  const std::size_t first = std::min(whole.find('\n'), size);
  const std::size_t second = std::min(whole.find('\n', first + 1), size);
  const std::string_view site = whole.substr(std::min(first + 1, size), second - std::min(first + 1, second));
  checkOrigin(std::string(whole.substr(0, first)), site, whole.substr(std::min(second + 1, size)));
  return 0;
}
