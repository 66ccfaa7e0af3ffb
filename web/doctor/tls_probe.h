#pragma once

#include <chrono>
#include <string>

#include "web/doctor/evidence.h"

namespace glitch_protocol::web {

/// Shakes hands with a server and looks at its certificate, trusted or not. Trust is what this system has, or
/// the file that SSL_CERT_FILE names. Throws std::runtime_error with a sentence when no handshake comes about
/// within about `patience`.
CertificateEvidence probeCertificate(const ServerUrl& url, std::chrono::seconds patience);

/// The first certificate of a PEM file; nothing is said about trust. Throws std::runtime_error naming the
/// file.
CertificateEvidence readCertificate(const std::string& file);

}  // namespace glitch_protocol::web
