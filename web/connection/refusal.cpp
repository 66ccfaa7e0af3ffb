#include "web/connection/refusal.h"

#include "web/connection/answer_head.h"

namespace glitch_protocol::web {

std::string refusalBody(const Refusal& refusal) {
  std::string body = R"({"success":false,"error":")";
  body.append(refusal.message).append(R"(","code":")").append(refusal.code).append("\"}");
  return body;
}

std::string formatRefusal(const Refusal& refusal, std::string_view requestId, std::string_view answerFields,
                          AnswerBody answerBody) {
  Answer answer;
  answerJson(answer, refusal.status, refusalBody(refusal));
  if (refusal.status == 405) answer.set("Allow", "GET, HEAD, POST, OPTIONS");
  if (refusal.status == 503) answer.set("Retry-After", "1");
  std::string response;
  appendHead(response, answer, {requestId, answerFields});
  if (answerBody == AnswerBody::sent) response.append(answer.body);
  return response;
}

}  // namespace glitch_protocol::web
