#pragma once

#include <string>
#include <string_view>

#include "web/connection/address.h"
#include "web/connection/exchange.h"
#include "web/http/descriptor.h"

namespace glitch_protocol::web {

/// A client that has just connected.
struct Arrival {
  Descriptor socket;  ///< non-blocking, close-on-exec, without Nagle's delay
  std::string peer;   ///< as in Peer::address
};

/// One listening socket. Removes its Unix socket's file when it closes, if it made it. *One thread at a
/// time.*
class Listener {
 public:
  enum class Family { tcp, unixSocket };

  /// Binds and listens with a backlog of 1024. SO_REUSEADDR but never SO_REUSEPORT: a second server on the
  /// port fails to start. A Unix socket's stale file is replaced, one that answers is refused. Throws
  /// std::runtime_error with a sentence for people.
  explicit Listener(std::string_view address);

  /// Takes over a socket that somebody else bound, and leaves its file alone. Throws std::runtime_error when
  /// it is not a listening stream socket.
  explicit Listener(Descriptor listening);

  Listener(Listener&&) = default;
  ~Listener();

  int descriptor() const { return socket_.get(); }
  Family family() const { return family_; }
  std::string address() const { return formatAddress(boundAddress(socket_.get())); }

  /// What accept(2) had to say. `arrival` counts for `accepted` only.
  struct Result {
    enum class State {
      accepted,
      nobodyWaits,
      again,      ///< this client was lost before it was accepted; try the next
      exhausted,  ///< the system lacks descriptors, memory or network; trying again at once would spin
    };
    State state = State::nobodyWaits;
    Arrival arrival;
  };
  Result accept() const;

 private:
  Descriptor socket_;
  Family family_ = Family::tcp;
  std::string ownFile_;  ///< to remove; empty for none
};

}  // namespace glitch_protocol::web
