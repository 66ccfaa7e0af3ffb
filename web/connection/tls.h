// The TLS certificate of the server.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "engine/sync/mutex.h"
#include "web/connection/transport.h"

namespace glitch_protocol::web {

/// The current certificate and the TLS settings: TLS 1.2 and later, no renegotiation, no compression.
/// *Thread-safe.*
class TlsCertificate {
 public:
  /// PEM files: the certificate with its chain, and its private key without a passphrase. Throws
  /// std::runtime_error with the file and the reason.
  TlsCertificate(std::string certificateFile, std::string keyFile);

  /// Reads both files again for new sessions. Throws like the constructor on failure and then keeps the
  /// current certificate.
  void reload();

  /// A TLS session for one connection; null when memory runs out.
  SslSession newSession() const;

 private:
  using Context = std::shared_ptr<SSL_CTX>;
  Context load() const;

  // Constant after construction.
  const std::string certificateFile_;
  const std::string keyFile_;

  mutable Mutex mutex_;
  Context context_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::web
