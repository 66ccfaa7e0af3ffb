// The state of one client connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "web/connection/exchange.h"
#include "web/connection/framing.h"
#include "web/connection/memory_budget.h"
#include "web/connection/transport.h"

namespace glitch_protocol::web {

/// What a connection is waiting for. connection_handler.cpp has the state diagram and the guarantees of each
/// phase.
enum class Phase {
  handshaking,  ///< in the TLS handshake
  head,         ///< for the rest of a header, or for the first byte on a new connection
  body,         ///< for the rest of a body; the header is complete
  idle,         ///< for the next request, of which nothing has arrived
  answering,  ///< a request is being answered, queued in a lane, or postponed in favour of other connections
  writing,    ///< for the socket to take the rest of an answer
  draining,   ///< for the client to close; the last answer is sent and our sending side is closed
};

/// One client, and the state kept for it between two events. *One thread at a time*: the thread that took it
/// from the ConnectionTable, until that thread arms it, passes it on or releases it.
struct Connection {
  /// `budget` must outlive the connection.
  Connection(Transport transportOf, std::string address, MemoryBudget& budget)
      : transport(std::move(transportOf)), peer{std::move(address), transport.secure()}, charge(budget) {}

  /// The bytes held for the client. `charge` is updated whenever the connection is given up.
  std::size_t heldBytes() const { return allocatedBytes(received) + allocatedBytes(unsent); }

  Transport transport;
  Peer peer;
  Phase phase = Phase::head;
  Framing::Persistence afterWriting = Framing::Persistence::close;
  bool peerEnded = false;       ///< the peer has finished sending but still reads
  bool watchesWriting = false;  ///< the epoll reports when the socket becomes writable

  /// The end of the phase, fixed when the phase begins: a client that sends slowly does not extend it.
  std::chrono::steady_clock::time_point deadline;
  std::size_t needed = 0;  ///< below this number of received bytes, the framing check is not repeated
  std::size_t drained = 0;

  // Both own no memory while the connection is idle.
  std::string received;  ///< bytes that have not become a request yet
  std::string unsent;    ///< the rest of an answer
  MemoryBudget::Charge charge;
};

}  // namespace glitch_protocol::web
