#include "web/connection/refusal.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <random>

#include "web/connection/framing.h"

namespace glitch_protocol::web {
namespace {

struct CommonHeader {
  const char* name;
  const char* value;
};
constexpr std::array<CommonHeader, 3> commonHeaders{{{"X-Content-Type-Options", "nosniff"},
                                                     {"Cache-Control", "no-store"},
                                                     {"Referrer-Policy", "no-referrer"}}};

std::string_view reasonPhrase(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 405:
      return "Method Not Allowed";
    case 411:
      return "Length Required";
    case 413:
      return "Payload Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

std::string refusalBody(const Refusal& refusal) {
  std::string body = R"({"success":false,"error":")";
  body.append(refusal.message).append(R"(","code":")").append(refusal.code).append("\"}");
  return body;
}

std::string formatRefusal(const Refusal& refusal, std::string_view requestId, std::string_view answerFields,
                          AnswerBody answerBody) {
  const std::string body = refusalBody(refusal);
  std::string response = "HTTP/1.1 " + std::to_string(refusal.status) + ' ';
  response.append(reasonPhrase(refusal.status)).append("\r\n");
  response.append(missingCommonLines(httplib::Response(), requestId)).append(answerFields);
  if (refusal.status == 405) response.append("Allow: GET, HEAD, POST, OPTIONS\r\n");
  if (refusal.status == 503) response.append("Retry-After: 1\r\n");
  response.append("Connection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ");
  response.append(std::to_string(body.size())).append("\r\n\r\n");
  if (answerBody == AnswerBody::sent) response.append(body);
  return response;
}

void setCommonHeaders(httplib::Response& response, const std::string& requestId) {
  for (const auto& header : commonHeaders) {
    if (!response.has_header(header.name)) response.set_header(header.name, header.value);
  }
  if (!response.has_header("X-Request-Id")) response.set_header("X-Request-Id", requestId);
}

std::string missingCommonLines(const httplib::Response& response, std::string_view requestId) {
  const auto has = [&](std::string_view name) {
    for (const auto& header : response.headers) {
      if (sameWord(header.first, name)) return true;
    }
    return false;
  };
  std::string lines;
  lines.reserve(160);
  for (const auto& header : commonHeaders) {
    if (!has(header.name)) lines.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  if (!has("X-Request-Id")) lines.append("X-Request-Id: ").append(requestId).append("\r\n");
  return lines;
}

std::string nextRequestId() {
  static const std::uint64_t start =
      (static_cast<std::uint64_t>(std::random_device{}()) << 32) | std::random_device{}();
  static std::atomic<std::uint64_t> count{0};
  // An odd factor visits every number once, so ids of one process differ, yet do not tell how many there
  // were.
  std::uint64_t id = start + count.fetch_add(1, std::memory_order_relaxed) * 0x9e3779b97f4a7c15U;
  std::string digits(16, '0');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, id >>= 4)
    *digit = "0123456789abcdef"[id & 15];
  return digits;
}

}  // namespace glitch_protocol::web
