#pragma once

#include "web/config/config.h"

namespace glitch_protocol::web {

/// Throws ConfigError when a configured certificate or key cannot be read, or when others may change either
/// or read the key. Does nothing without TLS.
void checkTlsFiles(const Config&);

}  // namespace glitch_protocol::web
