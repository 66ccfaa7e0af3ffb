#include "web/connection/responder.h"

#include <exception>
#include <new>
#include <utility>

#include "web/connection/answer_head.h"
#include "web/connection/refusal.h"
#include "web/http/wipe.h"

namespace glitch_protocol::web {
namespace {

void answerInternalError(Answer& answer) {
  answer.clear();
  answerJson(answer, refusals::internalError.status, refusalBody(refusals::internalError));
}

}  // namespace

Responder::Response Responder::respond(const Request& request, Exchange exchange,
                                       Framing::Persistence persistence) {
  answer_.clear();
  bytes_.clear();
  try {
    callHandler(request, exchange);
    if (exchange.queueing) return {{}, persistence, nullptr, std::move(exchange)};
    return write(request, exchange, persistence);
  } catch (const std::bad_alloc&) {
    logFailure(request, exchange, "out of memory");
    return {};
  }
}

void Responder::callHandler(const Request& request, Exchange& exchange) {
  std::exception_ptr failure;
  try {
    handler_.handle(request, answer_, exchange);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (...) {
    failure = std::current_exception();
  }
  // Passwords and refresh tokens are sent in bodies and cookies. A GET uses one only when it opens a stream
  // or is refused.
  const bool usesNone = request.method == "GET" && !exchange.stream && answer_.status < 400 && !failure;
  if (!usesNone) wipeStack();
  if (!failure) return;
  exchange.stream.reset();
  exchange.queueing.reset();
  answerInternalError(answer_);
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    logFailure(request, exchange, error.what());
  } catch (...) {
    logFailure(request, exchange, "unknown");
  }
}

Responder::Response Responder::write(const Request& request, Exchange& exchange,
                                     Framing::Persistence persistence) {
  const bool isStream = exchange.stream != nullptr;
  const bool closes = isStream || exchange.broken || answer_.connection == Answer::Connection::closed;
  if (closes) persistence = Framing::Persistence::close;
  appendHead(bytes_, answer_,
             {exchange.requestId, answerFields_.to(exchange.peer), persistence,
              isStream ? HeadSettings::Kind::stream : HeadSettings::Kind::whole});
  const std::size_t headSize = bytes_.size();
  if (!isStream && request.method != "HEAD" && mayHaveBody(answer_.status)) bytes_.append(answer_.body);
  if (!exchange.broken) return {bytes_, persistence, std::move(exchange.stream)};
  const BrokenAnswer& broken = *exchange.broken;
  const std::size_t kept = broken.at == BrokenAnswer::At::beginning ? 0 : headSize + broken.bodyBytes;
  return {std::string_view(bytes_).substr(0, kept), persistence};
}

void Responder::logFailure(const Request& request, const Exchange& exchange, std::string_view reason) {
  log_.writeRepeatable(LogLevel::error, "request_failed", exchange.peer.address,
                       {{"request_id", exchange.requestId},
                        {"ip", exchange.peer.address},
                        {"method", request.method},
                        {"target", request.path()},
                        {"reason", reason}});
}

void Responder::wipe() {
  wipeForReuse(bytes_);
  answer_.wipe();
}

}  // namespace glitch_protocol::web
