// Decodes the name=value pairs of forms and queries (WHATWG URL standard, application/x-www-form-urlencoded).
#pragma once

#include <picojson.h>

#include <set>
#include <string>
#include <string_view>

namespace glitch_protocol::web {

/// The decoded pairs of one form or query. Every value is a string; of a repeated name the first value is
/// kept. Values may contain U+0000 and invalid UTF-8.
struct NamedValues {
  picojson::object values;
  std::set<std::string> repeated;  ///< names that were sent more than once
};

/// Pairs without a name are ignored. Never fails: an invalid escape is kept as it is.
NamedValues readUrlEncoded(std::string_view text);

/// Decodes percent escapes (RFC 3986 section 2.1). An invalid escape is kept as it is; '+' remains a plus
/// sign.
std::string percentDecoded(std::string_view text);

}  // namespace glitch_protocol::web
