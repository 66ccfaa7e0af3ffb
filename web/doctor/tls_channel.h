// A connection to a server, with or without TLS, whose steps share one deadline.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "web/connection/address.h"

namespace glitch_protocol::web {

enum class ServerTrust {
  any,   ///< the certificate is not checked
  name,  ///< the certificate must be valid, for the name or address of the server
};

/// Every step throws std::runtime_error with a sentence that names the server if it fails, or if `patience` has passed
/// since the construction. Expects that SIGPIPE is ignored. *One thread at a time.*
class TlsChannel {
 public:
  /// `name` is the server's name in sentences.
  TlsChannel(std::string name, std::chrono::milliseconds patience);
  ~TlsChannel();
  TlsChannel(const TlsChannel&) = delete;
  TlsChannel& operator=(const TlsChannel&) = delete;

  /// Tries the addresses in turn until one accepts the connection. Call it once, before the other steps.
  void connect(const std::vector<SocketAddress>& addresses);
  /// Makes the TLS handshake. `host` is a name or an address without brackets. The trusted authorities are those of this
  /// system, or of the file that SSL_CERT_FILE names.
  void encrypt(const std::string& host, ServerTrust);
  void send(std::string_view text);
  /// The next bytes up to the end of a line, without it; what has arrived if the connection ends before, or after
  /// `max` bytes. Drops what follows, so call it once.
  std::string receiveLine(std::size_t max);

 private:
  class Impl;
  // constant after construction
  const std::unique_ptr<Impl> impl_;
};

}  // namespace glitch_protocol::web
