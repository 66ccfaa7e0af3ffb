// Writes the status line and the header of an answer.
#pragma once

#include <string>
#include <string_view>

#include "web/connection/framing.h"
#include "web/http/answer.h"

namespace glitch_protocol::web {

/// What the header says beside the answer's own fields.
struct HeadSettings {
  std::string_view requestId;
  std::string_view answerFields;  ///< lines, as AnswerFields has them
  Framing::Persistence persistence = Framing::Persistence::close;
  /// stream: the end of the connection is the end of the body, so no length is given.
  enum class Kind { whole, stream };
  Kind kind = Kind::whole;
};

/// Appends the head of `answer` to `bytes`, up to and with the empty line. The body of 204 and 304 is not announced
/// (RFC 9110 section 8.6); any other one is, whether or not it is sent (HEAD).
void appendHead(std::string& bytes, const Answer& answer, const HeadSettings& settings);

/// Whether an answer with this status has a body (RFC 9110 section 6.4.1).
bool mayHaveBody(int status);

}  // namespace glitch_protocol::web
