#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "engine/sync/mutex.h"
#include "web/connection/transport.h"

namespace glitch_protocol::web {

/// The certificate in use and what is negotiated with it: TLS 1.2 and later, no renegotiation, no
/// compression. *Thread-safe.*
class TlsCertificate {
 public:
  /// PEM files: the certificate with its chain, and its private key without a passphrase. Throws
  /// std::runtime_error naming the file and the reason.
  TlsCertificate(std::string certificateFile, std::string keyFile);

  /// Reads both files again, for sessions from now on. On failure throws like the constructor, and the
  /// present certificate stays.
  void reload();

  /// A server's session for one connection; none when memory is short.
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
