// A TLS handshake that keeps the certificate, whether it is trusted or not.
#include "web/doctor/tls_probe.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <ctime>
#include <memory>
#include <stdexcept>

namespace glitch_protocol::web {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Channel = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

[[noreturn]] void fail(const std::string& what) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  throw std::runtime_error(what + (reason == nullptr ? "" : std::string(": ") + reason));
}

TimePoint timeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) fail("a certificate contains an invalid time");
  return TimePoint{std::chrono::seconds{::timegm(&parts)}};
}

CertificateEvidence datesOf(const X509* certificate) {
  return {timeOf(X509_get0_notBefore(certificate)), timeOf(X509_get0_notAfter(certificate)), ""};
}

bool isAboutDates(long verdict) {
  return verdict == X509_V_ERR_CERT_HAS_EXPIRED || verdict == X509_V_ERR_CERT_NOT_YET_VALID;
}

void limitWaiting(int socket, std::chrono::seconds patience) {
  const timeval limit{static_cast<time_t>(patience.count()), 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

void expectName(SSL* session, const std::string& host) {
  X509_VERIFY_PARAM* const expected = SSL_get0_param(session);
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1) return;
  ERR_clear_error();
  SSL_set1_host(session, host.c_str());
  SSL_set_tlsext_host_name(session, host.c_str());
}

Channel connectTo(const ServerUrl& url, std::chrono::seconds patience) {
  const std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  Channel channel(BIO_new_connect((host + ":" + std::to_string(url.port)).c_str()), BIO_free_all);
  if (!channel) fail("there is no memory for a connection");
  constexpr int milliseconds = 20;  // between two attempts
  BIO_set_nbio(channel.get(), 1);
  if (BIO_do_connect_retry(channel.get(), static_cast<int>(patience.count()), milliseconds) != 1)
    fail("there is no connection");
  BIO_socket_nbio(static_cast<int>(BIO_get_fd(channel.get(), nullptr)), 0);
  return channel;
}

}  // namespace

CertificateEvidence probeCertificate(const ServerUrl& url, std::chrono::seconds patience) {
  ERR_clear_error();
  const Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) fail("OpenSSL could not be set up");
  SSL_CTX_set_default_verify_paths(context.get());
  // The result is read afterwards: the doctor also reports certificates that are not trusted.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);

  Channel connection = connectTo(url, patience);
  limitWaiting(static_cast<int>(BIO_get_fd(connection.get(), nullptr)), patience);
  const std::unique_ptr<SSL, decltype(&SSL_free)> session(SSL_new(context.get()), SSL_free);
  if (!session) fail("OpenSSL could not be set up");
  expectName(session.get(), url.host);
  BIO* const bio = connection.release();
  SSL_set_bio(session.get(), bio, bio);
  if (SSL_connect(session.get()) != 1) fail("the TLS handshake failed");

  const Certificate certificate(SSL_get1_peer_certificate(session.get()), X509_free);
  if (!certificate) fail("the server has no certificate");
  CertificateEvidence evidence = datesOf(certificate.get());
  const long verdict = SSL_get_verify_result(session.get());
  if (verdict != X509_V_OK && !isAboutDates(verdict))
    evidence.distrust = X509_verify_cert_error_string(verdict);
  SSL_shutdown(session.get());
  return evidence;
}

CertificateEvidence readCertificate(const std::string& file) {
  ERR_clear_error();
  const Channel source(BIO_new_file(file.c_str(), "r"), BIO_free_all);
  if (!source) fail("cannot read " + file);
  const Certificate certificate(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr), X509_free);
  if (!certificate) fail("there is no certificate in " + file);
  return datesOf(certificate.get());
}

}  // namespace glitch_protocol::web
