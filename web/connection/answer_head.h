// Writes the status line and the header of an answer.
#pragma once

#include <string>
#include <string_view>

#include "web/connection/framing.h"
#include "web/http/answer.h"

namespace glitch_protocol::web {

/// What the header contains in addition to the fields of the answer.
struct HeadSettings {
  std::string_view requestId;
  std::string_view answerFields;  ///< lines from AnswerFields
  Framing::Persistence persistence = Framing::Persistence::close;
  /// stream: the body ends when the connection closes, so no length is sent.
  enum class Kind { whole, stream };
  Kind kind = Kind::whole;
};

/// Appends the head of `answer`, including the empty line, to `bytes`. The body of 204 and 304 is not
/// announced (RFC 9110 section 8.6); any other body is, even if it is not sent (HEAD).
void appendHead(std::string& bytes, const Answer& answer, const HeadSettings& settings);

/// Whether an answer with this status has a body (RFC 9110 section 6.4.1).
bool mayHaveBody(int status);

}  // namespace glitch_protocol::web
