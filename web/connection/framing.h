#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "web/connection/refusal.h"

namespace glitch_protocol::web {

/// The largest request that is let through. Fields are counted over the whole header.
struct FramingLimits {
  std::size_t headBytes = 16 * 1024;
  std::size_t fields = 100;
  std::size_t bodyBytes = 16 * 1024;
  std::size_t targetBytes = 2 * 1024;
};

/// What the bytes received so far amount to. The views point into those bytes. *Immutable.*
struct Framing {
  enum class Verdict {
    refused,    ///< answer `refusal` and close; nothing behind it may be read as a request
    needsHead,  ///< so far nothing is wrong; the header is not complete
    needsBody,  ///< the header is complete and right; some of the body is missing
    complete,   ///< the first headLength + bodyLength bytes are one request
  };
  enum class Persistence { close, keepAlive };
  enum class Version { http10, http11 };

  Verdict verdict = Verdict::refused;
  Refusal refusal;

  // Meaningful for needsBody and complete only.
  std::size_t headLength = 0;  ///< up to and with the empty line
  std::size_t bodyLength = 0;
  Version version = Version::http11;
  Persistence persistence = Persistence::close;
  bool expectsContinue = false;  ///< the client waits for 100 Continue before it sends the body
  std::string_view method;
  std::string_view
      target;             ///< "/path?query", "*", or, from an absolute target without a path, "" or "?query"
  std::string_view host;  ///< of an absolute target, else of the Host field; may be "" (HTTP/1.0)
  std::string_view fieldLines;  ///< the header fields, each with its CR LF
};

/// Decides where the first request in `received` ends, without looking at anything else: what httplib and
/// the handlers see has passed here, whatever httplib's own parser would have made of it. Stricter than
/// RFC 9112 where leniency has been exploited: no bare LF, no obs-fold, no chunked bodies, no
/// percent-encoding in the fields that frame or route.
///
/// The verdict is final for its bytes: refused stays refused and complete stays complete however many bytes
/// follow, so it does not matter how the network cut them.
Framing checkFraming(std::string_view received, const FramingLimits& limits);

/// One field, as sent: the value without the white space around it.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// Walks over the fields of a header that checkFraming has passed. *One thread at a time.*
class FieldCursor {
 public:
  explicit FieldCursor(std::string_view fieldLines) : rest_(fieldLines) {}

  /// The next field; none after the last.
  std::optional<Field> next();

 private:
  std::string_view rest_;
};

/// Whether two field names, or two words of a value, are the same to HTTP (ASCII case aside).
bool sameWord(std::string_view one, std::string_view other);

}  // namespace glitch_protocol::web
