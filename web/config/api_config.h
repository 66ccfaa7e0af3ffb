// From the settings to what the HTTP surface is told.
#pragma once

#include "web/api/api.h"
#include "web/config/config.h"

namespace glitch_protocol::web {

/// The configuration of the Api that serves by these settings. Settings that loadConfig() accepted give one
/// that validate(const ApiConfig&) accepts.
ApiConfig apiConfigOf(const Config&);

}  // namespace glitch_protocol::web
