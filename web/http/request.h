// One HTTP request, as every handler sees it: views on the bytes that the framing check has passed, or on what a
// host's httplib::Server has parsed.
#pragma once

#include <string_view>

#include "web/http/field.h"

namespace glitch_protocol::web {

/// The parts of a request, as sent. The bytes belong to whoever calls the handler and outlive the call.
/// *Immutable.*
struct Request {
  std::string_view method;
  /// As the client spelled it: "/path?query", "*", or, from an absolute target without a path, "" or "?query".
  std::string_view target;
  /// The authority of an absolute target, else the value of the one Host field; "" where HTTP/1.0 leaves it out
  /// or a host's server let several pass.
  std::string_view host;
  FieldList fields;
  std::string_view body;

  /// The target without its query. An encoded spelling is another path. An empty one is "/" (RFC 9112 section
  /// 3.2.1).
  std::string_view path() const {
    const std::string_view path = target.substr(0, target.find('?'));
    return path.empty() ? "/" : path;
  }
  /// What follows the first question mark of the target, still encoded.
  std::string_view query() const {
    const auto mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  }
};

}  // namespace glitch_protocol::web
