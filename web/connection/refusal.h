// The refusals that the connection layer sends itself, before routing.
#pragma once

#include <string>
#include <string_view>

namespace glitch_protocol::web {

/// A refusal that the connection layer sends itself, before routing; the connection closes after it. The
/// views are string literals. *Immutable.*
struct Refusal {
  int status = 500;
  std::string_view code = "INTERNAL_ERROR";
  std::string_view message = "Something went wrong.";
};

namespace refusals {
inline constexpr Refusal badRequestLine{400, "BAD_REQUEST", "The request line is malformed."};
inline constexpr Refusal badVersion{400, "BAD_REQUEST", "Only HTTP/1.1 and HTTP/1.0 are supported."};
inline constexpr Refusal badTarget{400, "BAD_REQUEST", "The request target is malformed."};
inline constexpr Refusal badLineEnd{400, "BAD_REQUEST", "Header lines must end with CR LF."};
inline constexpr Refusal badField{400, "BAD_REQUEST", "A header field is malformed."};
inline constexpr Refusal badHost{400, "BAD_REQUEST", "Exactly one valid Host field is required."};
inline constexpr Refusal badLength{400, "BAD_REQUEST",
                                   "Content-Length must be given once and contain only digits."};
inline constexpr Refusal badCoding{400, "BAD_REQUEST", "Transfer-Encoding is not allowed here."};
inline constexpr Refusal bodyNotAllowed{400, "BAD_REQUEST",
                                        "A request with this method must not have a body."};
inline constexpr Refusal cutShort{400, "BAD_REQUEST", "The request ended before it was complete."};
inline constexpr Refusal noTunnels{405, "METHOD_NOT_ALLOWED", "This server is not a proxy."};
inline constexpr Refusal chunked{411, "LENGTH_REQUIRED", "Send the body with a Content-Length, not chunked."};
inline constexpr Refusal bodyTooLarge{413, "BODY_TOO_LARGE", "The body is too large."};
inline constexpr Refusal targetTooLong{414, "URI_TOO_LONG", "The request target is too long."};
inline constexpr Refusal encodedBody{415, "UNSUPPORTED_MEDIA_TYPE", "Compressed bodies are not accepted."};
inline constexpr Refusal headTooLarge{431, "HEADERS_TOO_LARGE", "The header of the request is too large."};
inline constexpr Refusal unknownMethod{501, "NOT_IMPLEMENTED", "This method is not supported."};
inline constexpr Refusal unknownCoding{501, "NOT_IMPLEMENTED", "This Transfer-Encoding is not supported."};
inline constexpr Refusal internalError{500, "INTERNAL_ERROR",
                                       "Something went wrong. The log has details under this request id."};
inline constexpr Refusal busy{503, "SERVER_BUSY", "The server is busy. Try again in a moment."};
}  // namespace refusals

/// Whether the body of an answer is sent, or only described as for HEAD (RFC 9110 9.3.2).
enum class AnswerBody { sent, omitted };

/// The complete HTTP/1.1 response: status line, the common header fields, `Connection: close`, Retry-After
/// for 503, Allow for 405, and the JSON envelope. `requestId` must not contain control characters;
/// `answerFields` are further header lines from AnswerFields.
std::string formatRefusal(const Refusal& refusal, std::string_view requestId, std::string_view answerFields,
                          AnswerBody answerBody = AnswerBody::sent);

/// Only the JSON envelope of the refusal.
std::string refusalBody(const Refusal& refusal);

}  // namespace glitch_protocol::web
