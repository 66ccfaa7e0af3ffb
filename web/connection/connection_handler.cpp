// Serves one connection at a time: reads and frames requests, has them answered, writes the answers.
//
// Definitions. A connection is *taken* while one thread works on it, and *armed* while the shared epoll watches it
// (connection_table.h). Each function below is called with a taken connection and has given it up when it returns,
// unless it returns Afterwards::goOn.
//
//                    accepted
//                       |
//            +----------+----------+
//            | TLS                 | plain
//       handshaking --handshake--> head --awaitMore--> body
//                                  ^ |                  |
//                        awaitMore | | processRequests  | processRequests
//                                  | v                  v
//   idle <--awaitNext-- answered  answering <-----------+
//     |                   ^        |  |  |  ^
//     |                   |        |  |  |  +--postpone-- (later requests of the same connection)
//     +--receive--> head  |        |  |  +--queue--> a lane --answerQueued--> answering
//                         |        |  |                +--no place: refuse
//                         |        |  +--answer--> an event stream
//                         |        | send
//                         |        +--all sent, connection closes: finish--> draining --drain--> released
//                         |        +--socket full--> writing --flush--> as after send
//                         +--------+--all sent, connection stays open
//
// What is guaranteed in each phase while the connection is armed or queued:
//  handshaking  Only for TLS. No bytes of a request have been decrypted; both buffers are empty.
//  head         `received` has less than a complete header (nothing on a new connection); `unsent` is empty and
//               `needed` is 0.
//  body         `received` begins with a complete header that passed the framing check; `needed` is the size of the
//               whole request, and the budget had room for it.
//  idle         At least one request has been answered and nothing of the next has arrived. Both buffers are empty
//               and own no memory.
//  answering    In a lane: `received` begins with the request, the lane owns the connection, it is not armed and has
//               no deadline. Postponed: `received` has bytes that have not been parsed as a request, and the connection is
//               armed with Interest::soon. `unsent` is empty in both cases.
//  writing      `unsent` has the rest of an answer, `received` the bytes behind its request, and `afterWriting` says
//               what follows. Nothing is read.
//  draining     The last answer is sent and our sending side is closed. Both buffers are empty; what the client
//               still sends is discarded, up to maxDrainedBytes.
//
// Invariants:
//  1. An idle connection owns no buffer: bytes are read into the scratch buffer of the thread, and only those that
//     do not complete a request are kept in connection.received.
//  2. Requests of one connection are answered in order, and each answer is passed to the socket before the next
//     request is examined; nothing is read while an answer is unsent or a complete request waits. So the memory of
//     a connection is bounded by one request, one answer and `readAhead`.
//  3. After a refusal no bytes of the connection are treated as a request.
//  4. The deadline of a phase is fixed when the phase begins.
//  5. After `requestsInTurn` requests of one connection, other connections are served first.
//  6. What a request or an answer leaves in a reused buffer is wiped before the next event is handled.
//  7. When the peer has finished sending, everything before that is answered first.
//  8. The memory budget is charged with what a connection holds before the connection is given up. A body for which
//     the budget has no room is refused before it is read.
//  9. Exceptions (out of memory) are thrown only while the connection is taken, so that handleEvent() and
//     answerQueued() can release it. Giving a connection up never throws.

#include "web/connection/connection_handler.h"

#include <algorithm>
#include <exception>
#include <span>
#include <utility>

#include "web/http/wipe.h"

namespace glitch_protocol::web {
namespace {

constexpr std::size_t readAhead = 4 * 1024;  // for one read, beyond the known end of a body
constexpr std::size_t maxDrainedBytes = 64 * 1024;
constexpr int requestsInTurn = 16;
constexpr std::string_view continueAnswer = "HTTP/1.1 100 Continue\r\n\r\n";

using Interest = ConnectionTable::Interest;
using State = Transfer::State;

/// Runs an action at the end of its scope, also when an exception leaves it.
template <class Action>
class AtEnd {
 public:
  explicit AtEnd(Action action) : action_(std::move(action)) {}
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;
  ~AtEnd() { action_(); }

 private:
  const Action action_;
};

}  // namespace

ConnectionHandler::ConnectionHandler(ServerParts& parts)
    : parts_(parts),
      scratchSize_(parts.limits.framing.headBytes + parts.limits.framing.bodyBytes + readAhead),
      responder_(parts.handler, parts.log, parts.answerFields),
      scratch_(std::make_unique_for_overwrite<char[]>(scratchSize_)) {}

void ConnectionHandler::handleEvent(const ConnectionTable::Taken& taken,
                                    std::chrono::steady_clock::time_point now) {
  now_ = now;
  if (taken.timeliness == ConnectionTable::Timeliness::expired) return parts_.table.release(taken.connection);
  orRelease(taken.connection, [&] { dispatch(taken.connection); });
}

void ConnectionHandler::answerQueued(WaitingRequest request) {
  orRelease(*request.connection, [&] { answerFront(std::move(request)); });
}

template <class Step>
void ConnectionHandler::orRelease(Connection& connection, Step step) {
  try {
    return step();
  } catch (const std::exception& error) {
    parts_.log.writeRepeatable(LogLevel::error, "connection_closed", connection.peer.address,
                               {{"ip", connection.peer.address}, {"reason", error.what()}});
  }
  parts_.table.release(connection);
}

void ConnectionHandler::dispatch(Connection& connection) {
  switch (connection.phase) {
    case Phase::handshaking:
      return handshake(connection);
    case Phase::writing:
      return flush(connection);
    case Phase::draining:
      return drain(connection);
    case Phase::head:
    case Phase::body:
    case Phase::idle:
      return receive(connection);
    case Phase::answering:
      return resume(connection);
  }
}

void ConnectionHandler::handshake(Connection& connection) {
  switch (connection.transport.handshake().state) {
    case State::moved:
      connection.phase = Phase::head;
      connection.deadline = parts_.clock() + parts_.limits.headDeadline;
      return receive(connection);
    case State::wantsRead:
      return arm(connection, Interest::readable);
    case State::wantsWrite:
      return arm(connection, Interest::writable);
    case State::ended:
    case State::failed:
      return parts_.table.release(connection);
  }
}

void ConnectionHandler::receive(Connection& connection) {
  std::size_t size = intoScratch(connection.received).size();
  const AtEnd wiped([&] { wipe({scratch_.get(), size}); });
  const std::size_t wanted = std::min(std::max(size + readAhead, connection.needed), scratchSize_);
  if (size < wanted && !connection.peerEnded) {
    const Transfer transfer = connection.transport.read(std::span(scratch_.get() + size, wanted - size));
    if (transfer.state == State::failed) return parts_.table.release(connection);
    if (transfer.state == State::ended) connection.peerEnded = true;
    size += transfer.bytes;
  }
  processRequests(connection, {scratch_.get(), size});
}

/// Continues with bytes that have already arrived.
void ConnectionHandler::resume(Connection& connection) {
  const std::string_view bytes = intoScratch(connection.received);
  const AtEnd wiped([&] { wipe({scratch_.get(), bytes.size()}); });
  processRequests(connection, bytes);
}

void ConnectionHandler::processRequests(Connection& connection, std::string_view bytes) {
  for (int answered = 0; !bytes.empty(); ++answered) {
    if (answered == requestsInTurn) return postpone(connection, bytes);
    if (bytes.size() < connection.needed && !connection.peerEnded) {
      connection.received.assign(bytes);
      return arm(connection, Interest::readable);
    }
    framing_ = checkFraming(bytes, parts_.limits.framing, std::move(framing_.fields));
    if (framing_.result == Framing::Result::refused) return refuse(connection, bytes, framing_.refusal);
    if (framing_.result != Framing::Result::complete) return awaitMore(connection, bytes);
    const std::size_t length = framing_.headLength + framing_.bodyLength;
    Exchange exchange{connection.peer, nextRequestId(), now_};
    if (answer(connection, bytes, std::move(exchange)) == Afterwards::givenUp) return;
    bytes.remove_prefix(length);
  }
  awaitNext(connection);
}

void ConnectionHandler::awaitMore(Connection& connection, std::string_view bytes) {
  if (connection.peerEnded) return refuse(connection, bytes, refusals::cutShort);
  if (framing_.result == Framing::Result::needsBody && connection.phase != Phase::body) {
    if (!hasRoomForBody()) return refuse(connection, bytes, refusals::busy);
    connection.phase = Phase::body;
    connection.deadline = parts_.clock() + parts_.limits.bodyDeadline;
    connection.needed = framing_.headLength + framing_.bodyLength;
    // Best effort: a client that does not receive it sends the body anyway after a short wait.
    if (framing_.expectsContinue && bytes.size() == framing_.headLength)
      connection.transport.write(continueAnswer);
  } else if (framing_.result == Framing::Result::needsHead && connection.phase != Phase::head) {
    connection.phase = Phase::head;
    connection.deadline = parts_.clock() + parts_.limits.headDeadline;
  }
  connection.received.assign(bytes);
  arm(connection, Interest::readable);
}

/// All requests that have arrived are answered.
void ConnectionHandler::awaitNext(Connection& connection) {
  if (connection.peerEnded) return parts_.table.release(connection);
  if (connection.phase != Phase::answering)
    return arm(connection, Interest::readable);  // no request has arrived yet
  connection.phase = Phase::idle;
  connection.deadline = parts_.clock() + parts_.limits.idleDeadline;
  arm(connection, Interest::readable);
}

ConnectionHandler::Afterwards ConnectionHandler::answer(Connection& connection, std::string_view bytes,
                                                        Exchange exchange) {
  connection.phase = Phase::answering;
  connection.needed = 0;
  const bool stopping = parts_.stopping.load(std::memory_order_relaxed);
  auto response = responder_.respond(framing_.request(bytes), std::move(exchange),
                                     stopping ? Framing::Persistence::close : framing_.persistence);
  const AtEnd wiped([this] { responder_.wipe(); });
  if (response.waiting) return queue(connection, bytes, std::move(*response.waiting));
  parts_.served.fetch_add(1, std::memory_order_relaxed);
  if (response.stream) {
    const auto leaving = parts_.table.detach(connection);
    parts_.streams.open(std::move(leaving->transport), response.bytes, std::move(response.stream));
    return Afterwards::givenUp;
  }
  return send(connection, response.bytes, response.persistence,
              bytes.substr(framing_.headLength + framing_.bodyLength));
}

/// The handler has asked to be called again on a thread of a lane.
ConnectionHandler::Afterwards ConnectionHandler::queue(Connection& connection, std::string_view bytes,
                                                       Exchange exchange) {
  WorkLane* const lane = parts_.lane(exchange.queueing->lane);
  if (!lane) return answer(connection, bytes, resumed(std::move(exchange)));
  if (!hasRoomForBody()) {
    refuse(connection, bytes, refusals::busy);
    return Afterwards::givenUp;
  }
  connection.received.assign(bytes);
  framing_.move(bytes, connection.received);
  connection.charge.resize(connection.heldBytes() + framing_.fields.capacity() * sizeof(Field));
  if (auto refused = lane->offer({&connection, std::move(exchange), std::move(framing_)})) {
    const std::string unanswered = std::exchange(refused->connection->received, {});
    refuse(*refused->connection, unanswered, refusals::busy);
  }
  return Afterwards::givenUp;
}

void ConnectionHandler::answerFront(WaitingRequest request) {
  Connection& connection = *request.connection;
  const std::string_view before = connection.received;
  const std::string bytes = std::exchange(connection.received, {});
  framing_ = std::move(request.framing);
  framing_.move(before, bytes);
  const std::size_t length = framing_.headLength + framing_.bodyLength;
  if (answer(connection, bytes, resumed(std::move(request.exchange))) == Afterwards::givenUp) return;
  const auto unread = std::string_view(bytes).substr(length);
  if (unread.empty()) return awaitNext(connection);
  postpone(connection, unread);  // the next request may be one that the workers answer themselves
}

/// Lets other connections be served before the remaining bytes are processed.
void ConnectionHandler::postpone(Connection& connection, std::string_view bytes) {
  connection.received.assign(bytes);
  connection.phase = Phase::answering;
  connection.deadline = parts_.clock() + parts_.limits.headDeadline;
  arm(connection, Interest::soon);
}

/// `bytes` begins with the request, which may be incomplete.
void ConnectionHandler::refuse(Connection& connection, std::string_view bytes, const Refusal& refusal) {
  const RequestId requestId = nextRequestId();
  parts_.refused.fetch_add(1, std::memory_order_relaxed);
  if (parts_.log.enabled(LogLevel::debug))
    parts_.log.writeRepeatable(LogLevel::debug, "request_refused", connection.peer.address,
                               {{"request_id", requestId},
                                {"ip", connection.peer.address},
                                {"code", refusal.code},
                                {"reason", refusal.message}});
  const AnswerBody body = bytes.starts_with("HEAD ") ? AnswerBody::omitted : AnswerBody::sent;
  send(connection, formatRefusal(refusal, requestId, parts_.answerFields.to(connection.peer), body),
       Framing::Persistence::close, {});
}

ConnectionHandler::Afterwards ConnectionHandler::send(Connection& connection, std::string_view answer,
                                                      Framing::Persistence persistence,
                                                      std::string_view unread) {
  while (!answer.empty()) {
    const Transfer transfer = connection.transport.write(answer);
    if (transfer.state == State::failed || transfer.state == State::ended) {
      parts_.table.release(connection);
      return Afterwards::givenUp;
    }
    if (transfer.state != State::moved) {
      connection.phase = Phase::writing;
      connection.deadline = parts_.clock() + parts_.limits.writeDeadline;
      connection.unsent.assign(answer);
      connection.received.assign(unread);
      connection.afterWriting = persistence;
      arm(connection, Interest::writable);
      return Afterwards::givenUp;
    }
    answer.remove_prefix(transfer.bytes);
  }
  if (persistence == Framing::Persistence::keepAlive) return Afterwards::goOn;
  finish(connection);
  return Afterwards::givenUp;
}

void ConnectionHandler::flush(Connection& connection) {
  while (!connection.unsent.empty()) {
    const Transfer transfer = connection.transport.write(connection.unsent);
    if (transfer.state == State::failed || transfer.state == State::ended)
      return parts_.table.release(connection);
    if (transfer.state != State::moved) return arm(connection, Interest::writable);
    connection.unsent.erase(0, transfer.bytes);
  }
  freeMemory(connection.unsent);
  if (connection.afterWriting == Framing::Persistence::close) return finish(connection);
  connection.phase = Phase::answering;
  resume(connection);
}

/// Closing a socket while bytes arrive would reset the connection, and the reset could overtake the answer
/// (RFC 9112 9.6). So the sending side is closed first, and what still arrives is read and discarded, within
/// limits.
void ConnectionHandler::finish(Connection& connection) {
  connection.transport.finishSending();
  if (connection.peerEnded) return parts_.table.release(connection);
  connection.phase = Phase::draining;
  connection.deadline = parts_.clock() + parts_.limits.drainDeadline;
  freeMemory(connection.received);
  drain(connection);
}

void ConnectionHandler::drain(Connection& connection) {
  while (connection.drained < maxDrainedBytes) {
    const Transfer transfer = connection.transport.read(std::span(scratch_.get(), scratchSize_));
    wipe({scratch_.get(), transfer.bytes});
    if (transfer.state == State::wantsRead) return arm(connection, Interest::readable);
    if (transfer.state != State::moved) break;
    connection.drained += transfer.bytes;
  }
  parts_.table.release(connection);
}

std::string_view ConnectionHandler::intoScratch(std::string& bytes) {
  const std::size_t size = bytes.copy(scratch_.get(), scratchSize_);
  freeMemory(bytes);
  return {scratch_.get(), size};
}

/// Whether the budget has room for a body that must be kept until it is complete or a thread of its lane is
/// free.
bool ConnectionHandler::hasRoomForBody() const {
  return framing_.bodyLength == 0 || parts_.memory.hasRoomFor(framing_.headLength + framing_.bodyLength);
}

void ConnectionHandler::arm(Connection& connection, Interest interest) {
  const bool mayReadNow = interest == Interest::readable && connection.transport.mayHaveUnread();
  parts_.table.arm(connection, mayReadNow ? Interest::soon : interest);
}

}  // namespace glitch_protocol::web
