#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "web/connection/exchange.h"
#include "web/connection/framing.h"
#include "web/connection/memory_budget.h"
#include "web/connection/transport.h"

namespace glitch_protocol::web {

/// What a connection is waiting for, or being put through. The diagram is in connection_handler.cpp.
enum class Phase {
  handshaking,  ///< TLS
  head,         ///< some of a request's header, or a new connection's first byte
  body,         ///< the header is there
  idle,         ///< nothing of the next request yet
  answering,    ///< in the hands of a thread or in a lane's queue, or behind others with more requests
  writing,      ///< some of an answer could not be sent yet
  draining,     ///< answered and closed for sending; the client may still be sending
};

/// One client and what has to be remembered about it between two events. *One thread at a time*: whoever took
/// it from the ConnectionTable, until that thread arms it, hands it over or releases it.
struct Connection {
  /// `budget` must outlive the connection.
  Connection(Transport transportOf, std::string address, MemoryBudget& budget)
      : transport(std::move(transportOf)), peer{std::move(address), transport.secure()}, charge(budget) {}

  /// What is held for the client now. `charge` is brought up to date whenever the connection is given up.
  std::size_t heldBytes() const { return allocatedBytes(received) + allocatedBytes(unsent); }

  Transport transport;
  Peer peer;
  Phase phase = Phase::head;
  Framing::Persistence afterWriting = Framing::Persistence::close;
  bool peerEnded = false;  ///< it sends no more, but reads

  /// The phase's end, fixed when the phase began: dripping does not move it.
  std::chrono::steady_clock::time_point deadline;
  std::size_t needed = 0;  ///< bytes below which looking again is pointless
  std::size_t drained = 0;

  // Both own no memory while the connection is idle.
  std::string received;  ///< bytes that no request was made of yet
  std::string unsent;    ///< the rest of an answer
  MemoryBudget::Charge charge;
};

}  // namespace glitch_protocol::web
