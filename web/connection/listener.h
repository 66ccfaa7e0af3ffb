// A listening socket.
#pragma once

#include <string>
#include <string_view>

#include "web/connection/address.h"
#include "web/connection/exchange.h"
#include "web/http/descriptor.h"

namespace glitch_protocol::web {

/// A client that has just connected.
struct Arrival {
  Descriptor socket;  ///< non-blocking, close-on-exec, TCP_NODELAY
  std::string peer;   ///< as in Peer::address
};

/// One listening socket. When it closes it removes the file of a Unix socket that it created. *One thread at
/// a time.*
class Listener {
 public:
  enum class Family { tcp, unixSocket };

  /// Binds and listens with a backlog of 1024. Uses SO_REUSEADDR but not SO_REUSEPORT: a second server on the
  /// port fails to start. The stale file of a Unix socket is replaced; if a server still answers there, the
  /// call fails. Throws std::runtime_error with a readable sentence.
  explicit Listener(std::string_view address);

  /// Takes over a socket that another process has bound; its file is not removed. Throws std::runtime_error
  /// when it is not a listening stream socket.
  explicit Listener(Descriptor listening);

  Listener(Listener&&) = default;
  ~Listener();

  int descriptor() const { return socket_.get(); }
  Family family() const { return family_; }
  std::string address() const { return formatAddress(boundAddress(socket_.get())); }

  /// The result of accept(2). `arrival` is set only for `accepted`.
  struct Result {
    enum class State {
      accepted,
      noneWaiting,
      again,      ///< the client disconnected before it was accepted; try the next
      exhausted,  ///< no descriptors, memory or network; retrying at once would spin
    };
    State state = State::noneWaiting;
    Arrival arrival;
  };
  Result accept() const;

 private:
  Descriptor socket_;
  Family family_ = Family::tcp;
  std::string ownFile_;  ///< the file to remove; empty when there is none
};

}  // namespace glitch_protocol::web
