// From bytes to a handler: what the framing check passes, httplib must pass too, queries and percent signs
// included; the handler sees the same path, fields and body, and its answer leaves as one well-formed
// response.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/text/ascii.h"
#include "web/connection/framing.h"
#include "web/connection/httplib_seam.h"

namespace {

using namespace glitch_protocol::web;

using Fields = std::vector<std::pair<std::string, std::string>>;

void require(bool condition) {
  if (!condition) std::abort();
}

/// Fields of these names are taken out, made one, or replaced.
bool isTreated(std::string_view name) {
  constexpr std::string_view treated[] = {"Range",       "Accept-Encoding", "Expect",     "Content-Length",
                                          "REMOTE_ADDR", "REMOTE_PORT",     "LOCAL_ADDR", "LOCAL_PORT",
                                          "Host",        "X-Forwarded-For"};
  return std::ranges::any_of(treated, [&](std::string_view one) { return sameWord(one, name); });
}

Fields sent(const Framing& framing) {
  Fields fields;
  FieldCursor cursor(framing.fieldLines);
  while (const auto field = cursor.next()) {
    if (!isTreated(field->name)) fields.emplace_back(field->name, field->value);
  }
  std::ranges::sort(fields);
  return fields;
}

Fields seen(const httplib::Request& request) {
  Fields fields;
  for (const auto& [name, value] : request.headers) {
    if (!isTreated(name)) fields.emplace_back(name, value);
  }
  std::ranges::sort(fields);
  return fields;
}

const std::string answerFields = "X-Every-Answer: yes\r\n";

/// Holds each request against what the framing check said of it.
class Witness final : public RequestHandler {
 public:
  void handle(const httplib::Request& request, httplib::Response& response, Exchange&) override {
    ++handled;
    require(request.method == framing->method);
    require(request.body == body);
    require(seen(request) == sent(*framing));
    require(request.get_header_value_count("Host") <= 1 &&
            request.get_header_value_count("X-Forwarded-For") <= 1 &&
            request.get_header_value_count("Range") == 0);
    // The route is looked up by the raw path (rawPath in web/api/call.h).
    const std::string target = framing->target.empty() || framing->target.front() == '?'
                                   ? "/" + std::string(framing->target)
                                   : std::string(framing->target);
    require(request.target == target);
    require(request.path.find('?') == std::string::npos || request.target.find('%') != std::string::npos);
    response.set_content(answer, "text/plain");
  }

  const Framing* framing = nullptr;
  std::string body;
  std::size_t handled = 0;
  const std::string answer = "whatever\r\n\r\nthe handler says";
};

void checkAnswer(std::string_view bytes, const Witness& witness, Framing::Persistence persistence) {
  require(bytes.starts_with("HTTP/1.1 200 OK\r\n"));
  const std::size_t headEnd = bytes.find("\r\n\r\n");
  require(headEnd != std::string_view::npos);
  require(bytes.substr(headEnd + 4) == (witness.framing->method == "HEAD" ? "" : witness.answer));
  const std::string_view head = bytes.substr(0, headEnd + 2);
  const std::string length = "\r\nContent-Length: " + std::to_string(witness.answer.size()) + "\r\n";
  require(head.find(length) != std::string_view::npos && head.find(length) == head.rfind(length));
  require(head.find("\r\n" + answerFields) != std::string_view::npos);
  const bool closes = head.find("\r\nConnection: close\r\n") != std::string_view::npos;
  require(closes == (persistence == Framing::Persistence::close));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Witness witness;
  static Log log(
      LogLevel::debug, LogFormat::text, [] { return std::chrono::system_clock::time_point(); },
      [](std::string_view) { std::abort(); });  // the log would hold failures
  static const AnswerFields fields(answerFields);
  static HttplibSeam seam(witness, log, fields);

  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Framing framing =
      checkFraming(bytes, FramingLimits{.headBytes = 2048, .fields = 16, .bodyBytes = 256});
  if (framing.verdict != Framing::Verdict::complete) return 0;
  witness.framing = &framing;
  witness.body = bytes.substr(framing.headLength, framing.bodyLength);
  const std::size_t before = witness.handled;
  const HttplibSeam::Answer answer =
      seam.answer(bytes, framing, Exchange{{"203.0.113.7", false}, "0123456789abcdef"}, framing.persistence);
  require(witness.handled == before + 1);
  require(!answer.stream && answer.persistence == framing.persistence);
  checkAnswer(answer.bytes, witness, framing.persistence);
  return 0;
}
