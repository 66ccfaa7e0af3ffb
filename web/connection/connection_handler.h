// Does for one connection, when something has happened to it, all that can be done without waiting for the client.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "web/connection/fair_queue.h"
#include "web/connection/responder.h"
#include "web/connection/server_parts.h"

namespace glitch_protocol::web {

/// Does for one connection, when something has happened to it, all that can be done without waiting for the
/// client: shakes hands, reads, has requests answered, writes, closes. In the end it has given the connection
/// up again: armed it, passed it to a lane or to the streams, or released it. Where memory is lacking it
/// releases it. No call throws but the constructor.
///
/// *One thread at a time*: each thread that serves connections has its own.
class ConnectionHandler {
 public:
  /// `parts` must outlive the handler.
  explicit ConnectionHandler(ServerParts& parts);

  /// After an event, at `now`, on the connection's socket.
  void handleEvent(const ConnectionTable::Taken& taken, std::chrono::steady_clock::time_point now);

  /// For a lane's thread: answers the request, which is at the front of its connection's `received`, however
  /// long it takes.
  void answerQueued(WaitingRequest request);

 private:
  enum class Afterwards { goOn, givenUp };

  template <class Step>
  void orRelease(Connection& connection, Step step);
  void dispatch(Connection& connection);
  void answerFront(WaitingRequest request);

  void handshake(Connection& connection);
  void receive(Connection& connection);
  void resume(Connection& connection);
  void processRequests(Connection& connection, std::string_view bytes);
  void awaitMore(Connection& connection, std::string_view bytes);
  void awaitNext(Connection& connection);
  Afterwards answer(Connection& connection, std::string_view bytes, Exchange exchange);
  Afterwards queue(Connection& connection, std::string_view bytes, Exchange exchange);
  void postpone(Connection& connection, std::string_view bytes);
  void refuse(Connection& connection, std::string_view bytes, const Refusal& refusal);
  Afterwards send(Connection& connection, std::string_view answer, Framing::Persistence persistence,
                  std::string_view unread);
  void flush(Connection& connection);
  void finish(Connection& connection);
  void drain(Connection& connection);

  std::string_view intoScratch(std::string& bytes);
  bool hasRoomForBody() const;
  void arm(Connection& connection, ConnectionTable::Interest interest);

  // Constant after construction.
  ServerParts& parts_;
  const std::size_t scratchSize_;

  std::chrono::steady_clock::time_point now_;  ///< of the event that is being attended to

  // Kept for their memory.
  Responder responder_;
  Framing framing_;  ///< of the request in hand
  const std::unique_ptr<char[]> scratch_;
};

}  // namespace glitch_protocol::web
