// Header lines that every answer carries beside the common ones of refusal.h.
#pragma once

#include <string>
#include <string_view>

#include "web/connection/exchange.h"

namespace glitch_protocol::web {

/// Over this process's own TLS Strict-Transport-Security (RFC 6797, 7.2) is among them; over plain http it
/// never is. *Immutable.*
class AnswerFields {
 public:
  /// `lines` as ConnectionLimits::answerFields has them.
  explicit AnswerFields(const std::string& lines)
      : plain_(lines), encrypted_(lines + "Strict-Transport-Security: max-age=31536000\r\n") {}

  /// Lines, each with its CR LF.
  std::string_view to(const Peer& peer) const { return peer.secure ? encrypted_ : plain_; }

 private:
  const std::string plain_;
  const std::string encrypted_;
};

}  // namespace glitch_protocol::web
