// Header lines that every answer carries in addition to the common fields.
#pragma once

#include <string>
#include <string_view>

#include "web/connection/exchange.h"

namespace glitch_protocol::web {

/// Adds Strict-Transport-Security (RFC 6797, 7.2) to answers over this process's own TLS, never to those over
/// plain http. *Immutable.*
class AnswerFields {
 public:
  /// `lines` as in ConnectionLimits::answerFields.
  explicit AnswerFields(const std::string& lines)
      : plain_(lines), encrypted_(lines + "Strict-Transport-Security: max-age=31536000\r\n") {}

  /// The lines for answers to `peer`, each with its CR LF.
  std::string_view to(const Peer& peer) const { return peer.secure ? encrypted_ : plain_; }

 private:
  const std::string plain_;
  const std::string encrypted_;
};

}  // namespace glitch_protocol::web
