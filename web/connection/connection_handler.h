// Serves connections: does everything after an event that is possible without waiting for the client.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "web/connection/fair_queue.h"
#include "web/connection/responder.h"
#include "web/connection/server_parts.h"

namespace glitch_protocol::web {

/// Does everything for one connection after an event that is possible without waiting for the client:
/// handshake, reading, answering requests, writing, closing. Every call ends by giving the connection up:
/// arming it, passing it to a lane or to the streams, or releasing it. When memory runs out, the connection
/// is released. Only the constructor throws.
///
/// *One thread at a time*: each thread that serves connections has its own handler.
class ConnectionHandler {
 public:
  /// `parts` must outlive the handler.
  explicit ConnectionHandler(ServerParts& parts);

  /// Handles an event, at `now`, on the socket of the connection.
  void handleEvent(const ConnectionTable::Taken& taken, std::chrono::steady_clock::time_point now);

  /// Called on the thread of a lane: answers the request at the front of its connection's `received`, however
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

  std::chrono::steady_clock::time_point now_;  ///< time of the current event

  // Kept so that their memory is reused.
  Responder responder_;
  Framing framing_;  ///< of the current request
  const std::unique_ptr<char[]> scratch_;
};

}  // namespace glitch_protocol::web
