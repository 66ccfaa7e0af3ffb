// Makes the configuration of the HTTP surface from the settings.
#pragma once

#include "web/api/api.h"
#include "web/config/config.h"

namespace glitch_protocol::web {

/// The configuration of an ApiHandler with these settings. If loadConfig() has accepted the settings,
/// validate(const ApiConfig&) accepts the result.
ApiConfig apiConfigOf(const Config&);

}  // namespace glitch_protocol::web
