// Gathers evidence about a server's certificate.
#pragma once

#include <chrono>
#include <string>

#include "web/doctor/evidence.h"

namespace glitch_protocol::web {

/// Makes a TLS handshake and reports the certificate, trusted or not. The trusted authorities are those of this
/// system, or of the file that SSL_CERT_FILE names. Throws std::runtime_error with a sentence if the handshake does
/// not succeed within about `patience`.
CertificateEvidence probeCertificate(const ServerUrl& url, std::chrono::seconds patience);

/// The first certificate of a PEM file; `distrust` stays empty. Throws std::runtime_error naming the file.
CertificateEvidence readCertificate(const std::string& file);

}  // namespace glitch_protocol::web
