// Reads name=value pairs as forms and queries spell them (WHATWG URL standard, application/x-www-form-urlencoded).
#pragma once

#include <picojson.h>

#include <set>
#include <string>
#include <string_view>

namespace glitch_protocol::web {

/// The pairs of one form or query, decoded. Every value is a string; of names that came more than once the first
/// value is kept. Values may hold U+0000 and need not be UTF-8.
struct NamedValues {
  picojson::object values;
  std::set<std::string> repeated;  ///< names that came more than once
};

/// Pairs without a name are left out. Never fails: an escape that is none stands for itself.
NamedValues readUrlEncoded(std::string_view text);

/// RFC 3986 section 2.1. An escape that is none stands for itself; '+' is a plus sign.
std::string percentDecoded(std::string_view text);

}  // namespace glitch_protocol::web
