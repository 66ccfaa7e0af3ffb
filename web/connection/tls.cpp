#include "web/connection/tls.h"

#include <openssl/err.h>

#include <stdexcept>

namespace glitch_protocol::web {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& file) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  throw std::runtime_error("Cannot use " + file + " as " + what + ": " +
                           (reason ? reason : "unknown reason") + ".");
}

/// OpenSSL would ask on the terminal for a passphrase, and a server has no terminal.
int noPassphrase(char*, int, int, void*) {
  return 0;
}

}  // namespace

TlsCertificate::TlsCertificate(std::string certificateFile, std::string keyFile)
    : certificateFile_(std::move(certificateFile)), keyFile_(std::move(keyFile)), context_(load()) {}

void TlsCertificate::reload() {
  Context fresh = load();
  const MutexLock lock(mutex_);
  context_ = std::move(fresh);
}

SslSession TlsCertificate::newSession() const {
  const MutexLock lock(mutex_);
  return SslSession(SSL_new(context_.get()));
}

TlsCertificate::Context TlsCertificate::load() const {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) throw std::runtime_error("OpenSSL could not be initialised.");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // A close without close_notify counts as the end of sending: requests have lengths, so truncation is detected.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                         SSL_OP_CLEANSE_PLAINTEXT);
  // RELEASE_BUFFERS saves memory on idle connections.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(context.get(), noPassphrase);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificateFile_.c_str()) != 1)
    fail("a TLS certificate", certificateFile_);
  if (SSL_CTX_use_PrivateKey_file(context.get(), keyFile_.c_str(), SSL_FILETYPE_PEM) != 1)
    fail("the private key of a TLS certificate", keyFile_);
  if (SSL_CTX_check_private_key(context.get()) != 1) fail("the key of " + certificateFile_, keyFile_);
  return context;
}

}  // namespace glitch_protocol::web
