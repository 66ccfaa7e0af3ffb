#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "web/connection/address_shares.h"
#include "web/http/descriptor.h"

namespace glitch_protocol::web {

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
/// None for a connection in the clear.
using SslSession = std::unique_ptr<SSL, SslFree>;

/// What became of an attempt to move bytes.
struct Transfer {
  enum class State {
    failed,      ///< the connection is broken; nothing more will come or go
    ended,       ///< the peer sends no more; it may still read
    wantsRead,   ///< nothing moved; try again when the socket is readable
    wantsWrite,  ///< nothing moved; try again when the socket is writable
    moved,       ///< `bytes` were moved, at least one
  };
  State state = State::failed;
  std::size_t bytes = 0;
};

/// A connected socket that never blocks, in the clear or encrypted. *One thread at a time.*
class Transport {
 public:
  /// The socket must be non-blocking. `place` is given back when the socket closes.
  Transport(Descriptor socket, SslSession ssl, AddressShares::Place place = {});

  int descriptor() const { return socket_.get(); }
  bool secure() const { return ssl_ != nullptr; }

  /// Continues the TLS handshake; `moved` when it is done.
  Transfer shakeHands();
  Transfer read(std::span<char> into);
  /// Moves as much as goes at once; with TLS that may be one record.
  Transfer write(std::string_view bytes);
  /// Whether decrypted bytes wait in memory, which the socket's readiness does not show.
  bool hasBuffered() const;
  /// Tells the peer that nothing more is sent; it can still be read from.
  void finishSending();
  /// Lets the system break the connection once the peer has acknowledged nothing of what was sent, or taken
  /// nothing, for so long. Does nothing on a Unix socket.
  void limitSilence(std::chrono::milliseconds silence);

 private:
  Transfer tlsResult(int result, std::size_t bytes) const;

  // The session goes before its socket, the socket before its place.
  AddressShares::Place place_;
  Descriptor socket_;
  SslSession ssl_;
};

}  // namespace glitch_protocol::web
