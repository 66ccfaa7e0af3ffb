#include "web/connection/answer_head.h"

#include "web/http/common_fields.h"

namespace glitch_protocol::web {
namespace {

std::string_view reasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "";  // RFC 9112 section 4: the phrase may be empty
  }
}

void appendCommonFields(std::string& bytes, const Answer& answer, std::string_view requestId) {
  if (!answer.setsCommonFields()) {
    bytes.append(commonFieldLines);
    return appendFieldLine(bytes, requestIdField, requestId);
  }
  for (const Field& field : commonFields) {
    if (!answer.has(field.name)) appendFieldLine(bytes, field.name, field.value);
  }
  if (!answer.has(requestIdField)) appendFieldLine(bytes, requestIdField, requestId);
}

}  // namespace

bool mayHaveBody(int status) {
  return status >= 200 && status != 204 && status != 304;
}

void appendHead(std::string& bytes, const Answer& answer, const HeadSettings& settings) {
  bytes.append("HTTP/1.1 ").append(std::to_string(answer.status)).append(" ");
  bytes.append(reasonPhrase(answer.status)).append("\r\n");
  appendCommonFields(bytes, answer, settings.requestId);
  bytes.append(settings.answerFields).append(answer.lines());
  const bool isStream = settings.kind == HeadSettings::Kind::stream;
  if (mayHaveBody(answer.status)) {
    if (isStream || !answer.body.empty()) appendFieldLine(bytes, "Content-Type", answer.contentType);
    if (!isStream) appendFieldLine(bytes, "Content-Length", std::to_string(answer.body.size()));
  }
  if (settings.persistence == Framing::Persistence::close) appendFieldLine(bytes, "Connection", "close");
  bytes.append("\r\n");
}

}  // namespace glitch_protocol::web
