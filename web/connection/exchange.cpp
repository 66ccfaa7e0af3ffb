#include "web/connection/exchange.h"

#include <atomic>
#include <random>
#include <utility>

namespace glitch_protocol::web {

RequestId::RequestId(std::uint64_t number) {
  for (auto digit = digits_.rbegin(); digit != digits_.rend(); ++digit, number >>= 4)
    *digit = "0123456789abcdef"[number & 15];
}

RequestId nextRequestId() {
  static const std::uint64_t start =
      (static_cast<std::uint64_t>(std::random_device{}()) << 32) | std::random_device{}();
  static std::atomic<std::uint64_t> count{0};
  // Multiplying by an odd number is a bijection: ids are unique in a process but do not reveal their count.
  return RequestId(start + count.fetch_add(1, std::memory_order_relaxed) * 0x9e3779b97f4a7c15U);
}

Exchange resumed(Exchange waiting) {
  waiting.queueing.reset();
  waiting.stage = Stage::queued;
  return waiting;
}

void answerAtOnce(RequestHandler& handler, const Request& request, Answer& answer, Exchange& exchange) {
  answerAtOnce(exchange, [&](Exchange& current) { handler.handle(request, answer, current); });
}

}  // namespace glitch_protocol::web
