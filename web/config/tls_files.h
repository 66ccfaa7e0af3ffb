// The certificate and key files of the configuration.
#pragma once

#include "web/config/config.h"

namespace glitch_protocol::web {

/// Throws ConfigError if a configured certificate or key cannot be read, if others can change either, or if
/// others can read the key. Does nothing without TLS.
void checkTlsFiles(const Config&);

}  // namespace glitch_protocol::web
