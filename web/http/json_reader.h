// Reads the JSON of request bodies strictly (RFC 8259): what passes here means the same to every parser.
#pragma once

#include <picojson.h>

#include <cstddef>
#include <stdexcept>
#include <string_view>

namespace glitch_protocol::web {

/// Objects and arrays may be nested this deep; the outermost object is 1.
inline constexpr std::size_t maxJsonDepth = 8;

/// The body cannot be read. `what()` gives the reason in general words; it never quotes the body.
class BadJson : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads a body that is one object with nothing but white space around it. Strings are decoded and may hold
/// U+0000. Throws BadJson for anything else: also for invalid UTF-8, a byte order mark, a name used twice in any
/// object, nesting over maxJsonDepth, numbers that RFC 8259 does not allow or a double cannot hold, lone
/// surrogates.
picojson::object readJsonObject(std::string_view body);

/// The same for the body of a request: RequestError BAD_JSON (errors.h) in place of BadJson.
picojson::object readJsonBody(std::string_view body);

}  // namespace glitch_protocol::web
