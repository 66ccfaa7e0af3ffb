// Decides where a request ends and whether it is well-formed, before anything else looks at its bytes.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "web/connection/refusal.h"
#include "web/http/request.h"

namespace glitch_protocol::web {

/// The largest request that is let through. Fields are counted over the whole header.
struct FramingLimits {
  std::size_t headBytes = 16 * 1024;
  std::size_t fields = 100;
  std::size_t bodyBytes = 16 * 1024;
  std::size_t targetBytes = 2 * 1024;
};

/// What the bytes received so far amount to. The views point into those bytes.
struct Framing {
  enum class Result {
    refused,    ///< answer `refusal` and close; nothing behind it may be read as a request
    needsHead,  ///< so far nothing is wrong; the header is not complete
    needsBody,  ///< the header is complete and well-formed; some of the body is missing
    complete,   ///< the first headLength + bodyLength bytes are one request
  };
  enum class Persistence { close, keepAlive };
  enum class Version { http10, http11 };

  Result result = Result::refused;
  Refusal refusal;

  // Meaningful for needsBody and complete only.
  std::size_t headLength = 0;  ///< up to and with the empty line
  std::size_t bodyLength = 0;
  Version version = Version::http11;
  Persistence persistence = Persistence::close;
  bool expectsContinue = false;  ///< the client waits for 100 Continue before it sends the body
  std::string_view method;
  std::string_view target;  ///< as Request has it
  std::string_view host;    ///< as Request has it
  std::vector<Field> fields;

  /// The request in the bytes that were found complete.
  Request request(std::string_view received) const {
    return {method, target, host, FieldList(fields), received.substr(headLength, bodyLength)};
  }
  /// The same bytes now lie at `to`.
  void move(std::string_view from, std::string_view to);
};

/// Decides where the first request in `received` ends, without looking at anything else: the one place that does,
/// so nobody behind it can be of another opinion. Stricter than RFC 9112 where leniency has been exploited: no bare
/// LF, no obs-fold, no chunked bodies, no percent-encoding in the fields that frame or route.
///
/// The result is final for its bytes: refused stays refused and complete stays complete however many bytes follow,
/// so it does not matter how the network cut them. `memory` is what an earlier result's fields have allocated.
Framing checkFraming(std::string_view received, const FramingLimits& limits, std::vector<Field> memory = {});

}  // namespace glitch_protocol::web
