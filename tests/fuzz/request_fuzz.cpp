// Fuzzes the path from bytes to a handler and back: the handler gets the request that the framing check
// found, and its answer is sent as one well-formed response.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "web/connection/framing.h"
#include "web/connection/responder.h"
#include "web/http/url_encoded.h"

namespace {

using namespace glitch_protocol::web;

void require(bool condition) {
  if (!condition) std::abort();
}

const std::string answerLines = "X-Every-Answer: yes\r\n";

/// Reads every part of the request and answers with text. *One thread at a time.*
class Witness final : public RequestHandler {
 public:
  void handle(const Request& request, Answer& answer, Exchange&) override {
    ++handled;
    require(!request.method.empty() && request.path().find('?') == std::string_view::npos);
    require(request.path() == "/" || request.target.starts_with(request.path()));
    for (const Field& field : request.fields) require(request.fields.find(field.name).count > 0);
    for (const auto& [name, value] : readUrlEncoded(request.query()).values) require(!name.empty());
    body = request.body;
    answer.body = text;
    answer.contentType = "text/plain";
  }

  std::string body;
  std::size_t handled = 0;
  const std::string text = "whatever\r\n\r\nthe handler says";
};

void checkResponse(std::string_view bytes, const Witness& witness, const Framing& framing) {
  require(bytes.starts_with("HTTP/1.1 200 OK\r\n"));
  const std::size_t headEnd = bytes.find("\r\n\r\n");
  require(headEnd != std::string_view::npos);
  require(bytes.substr(headEnd + 4) == (framing.method == "HEAD" ? "" : witness.text));
  const std::string_view head = bytes.substr(0, headEnd + 2);
  const std::string length = "\r\nContent-Length: " + std::to_string(witness.text.size()) + "\r\n";
  require(head.find(length) != std::string_view::npos && head.find(length) == head.rfind(length));
  require(head.find("\r\n" + answerLines) != std::string_view::npos);
  const bool closes = head.find("\r\nConnection: close\r\n") != std::string_view::npos;
  require(closes == (framing.persistence == Framing::Persistence::close));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Witness witness;
  static Log log(
      LogLevel::debug, LogFormat::text, [] { return std::chrono::system_clock::time_point(); },
      [](std::string_view) { std::abort(); });  // a log line would mean a failure
  static const AnswerFields fields(answerLines);
  static Responder responder(witness, log, fields);

  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Framing framing = checkFraming(bytes, FramingLimits{.headBytes = 2048, .fields = 16, .bodyBytes = 256});
  if (framing.result != Framing::Result::complete) return 0;
  const std::string moved(bytes);
  framing.move(bytes, moved);
  const std::size_t before = witness.handled;
  const auto response = responder.respond(framing.request(moved),
                                          Exchange{{"203.0.113.7", false}, RequestId()}, framing.persistence);
  require(witness.handled == before + 1 &&
          witness.body == bytes.substr(framing.headLength, framing.bodyLength));
  require(!response.stream && response.persistence == framing.persistence);
  checkResponse(response.bytes, witness, framing);
  return 0;
}
