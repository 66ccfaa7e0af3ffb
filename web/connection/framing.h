// Determines where a request ends and whether it is well-formed, before any other code reads its bytes.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "web/connection/refusal.h"
#include "web/http/request.h"

namespace glitch_protocol::web {

/// The limits on a request. Fields are counted over the whole header.
struct FramingLimits {
  std::size_t headBytes = 16 * 1024;
  std::size_t fields = 100;
  std::size_t bodyBytes = 16 * 1024;
  std::size_t targetBytes = 2 * 1024;
};

/// The result of checking the bytes received so far. The views point into those bytes. framing.cpp lists what
/// each result guarantees.
struct Framing {
  enum class Result {
    refused,    ///< answer `refusal` and close; no later bytes may be treated as a request
    needsHead,  ///< valid so far; the header is incomplete
    needsBody,  ///< the header is complete and valid; the body is incomplete
    complete,   ///< the first headLength + bodyLength bytes are one request
  };
  enum class Persistence { close, keepAlive };
  enum class Version { http10, http11 };

  Result result = Result::refused;
  Refusal refusal;

  // Set only for needsBody and complete.
  std::size_t headLength = 0;  ///< including the empty line
  std::size_t bodyLength = 0;
  Version version = Version::http11;
  Persistence persistence = Persistence::close;
  bool expectsContinue = false;  ///< the client waits for 100 Continue before it sends the body
  std::string_view method;
  std::string_view target;  ///< as in Request
  std::string_view host;    ///< as in Request
  std::vector<Field> fields;

  /// The request; `received` are the bytes that were found complete.
  Request request(std::string_view received) const {
    return {method, target, host, FieldList(fields), received.substr(headLength, bodyLength)};
  }
  /// Redirects the views after the bytes were moved from `from` to `to`.
  void move(std::string_view from, std::string_view to);
};

/// Determines where the first request in `received` ends. This is the only code that does, so no later code
/// can disagree. Stricter than RFC 9112 where leniency has been exploited: no bare LF, no obs-fold, no
/// chunked bodies, no percent escapes in the fields that frame or route.
///
/// The result is final for its bytes: refused stays refused and complete stays complete whatever bytes
/// follow, so it does not matter how the network split them. `memory` is the vector of an earlier result, for
/// reuse.
Framing checkFraming(std::string_view received, const FramingLimits& limits, std::vector<Field> memory = {});

}  // namespace glitch_protocol::web
