// Reads the JSON of request bodies strictly (RFC 8259), so that accepted text has the same meaning for every
// parser.
#pragma once

#include <picojson.h>

#include <cstddef>
#include <stdexcept>
#include <string_view>

namespace glitch_protocol::web {

/// The maximum nesting of objects and arrays; the outermost object has depth 1.
inline constexpr std::size_t maxJsonDepth = 8;

/// The body is not acceptable JSON. `what()` gives a general reason and never quotes the body.
class BadJson : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads a body that consists of one object and optional white space around it. Strings are decoded and may
/// contain U+0000. Throws BadJson for anything else, including invalid UTF-8, a byte order mark, a repeated
/// name within an object, nesting deeper than maxJsonDepth, numbers that RFC 8259 does not allow or a double
/// cannot hold, and lone surrogates.
picojson::object readJsonObject(std::string_view body);

/// As readJsonObject(), but throws RequestError BAD_JSON (errors.h) in place of BadJson.
picojson::object readJsonBody(std::string_view body);

}  // namespace glitch_protocol::web
