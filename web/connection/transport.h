// A connected socket, with or without TLS.
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
/// Null for an unencrypted connection.
using SslSession = std::unique_ptr<SSL, SslFree>;

/// The result of an attempt to read or write.
struct Transfer {
  enum class State {
    failed,      ///< the connection is broken
    ended,       ///< the peer has finished sending; it may still read
    wantsRead,   ///< nothing moved; try again when the socket is readable
    wantsWrite,  ///< nothing moved; try again when the socket is writable
    moved,       ///< `bytes` were moved, at least one
  };
  State state = State::failed;
  std::size_t bytes = 0;
};

/// A connected socket that never blocks, encrypted or not. *One thread at a time.*
class Transport {
 public:
  /// The socket must be non-blocking. `place` is released when the socket closes.
  Transport(Descriptor socket, SslSession ssl, AddressShares::Place place = {});

  int descriptor() const { return socket_.get(); }
  bool secure() const { return ssl_ != nullptr; }

  /// Continues the TLS handshake; `moved` when it is complete.
  Transfer handshake();
  Transfer read(std::span<char> into);
  /// Writes as much as possible at once; with TLS that may be one record.
  Transfer write(std::string_view bytes);
  /// Tells that the socket has become readable or writable, or, with `ending`, that the peer has finished
  /// sending or the connection is broken.
  void noteEvent(bool ending);
  /// Whether read() may return something without another event: bytes, decrypted or not, or the end.
  bool mayHaveUnread() const { return mayHaveUnread_; }
  /// Closes the sending side; reading remains possible.
  void finishSending();
  /// Makes the system drop the connection when the peer has not acknowledged sent data, or accepted none, for
  /// this long. Has no effect on a Unix socket.
  void limitSilence(std::chrono::milliseconds silence);

 private:
  Transfer plainRead(std::span<char> into);
  Transfer tlsRead(std::span<char> into);
  Transfer tlsResult(int result, std::size_t bytes);
  void noteNothingUnread();

  // Destroyed in reverse order: the session before its socket, the socket before its place.
  AddressShares::Place place_;
  Descriptor socket_;
  SslSession ssl_;
  bool mayHaveUnread_ = true;
  bool endIsNear_ = false;  ///< the end follows the bytes that are there
};

}  // namespace glitch_protocol::web
