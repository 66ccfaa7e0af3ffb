// One HTTP request as handlers see it: views on the bytes that the framing check accepted, or on what a
// host's httplib::Server parsed.
#pragma once

#include <string_view>

#include "web/http/field.h"

namespace glitch_protocol::web {

/// The parts of a request as sent. The caller of the handler owns the bytes, which outlive the call.
/// *Immutable.*
struct Request {
  std::string_view method;
  /// As the client sent it: "/path?query", "*" or, for an absolute target without a path, "" or "?query".
  std::string_view target;
  /// The authority of an absolute target, otherwise the value of the only Host field; "" when HTTP/1.0 omits
  /// it or a host's server accepted several.
  std::string_view host;
  FieldList fields;
  std::string_view body;

  /// The target without its query, not decoded: an encoded spelling is a different path. An empty path is "/"
  /// (RFC 9112 section 3.2.1).
  std::string_view path() const {
    const std::string_view path = target.substr(0, target.find('?'));
    return path.empty() ? "/" : path;
  }
  /// The part after the first question mark of the target, still encoded.
  std::string_view query() const {
    const auto mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  }
};

}  // namespace glitch_protocol::web
