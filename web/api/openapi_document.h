// The OpenAPI description of the HTTP API, web/api/openapi.json, as the build embeds it.
#pragma once

#include <string_view>

namespace glitch_protocol::web {

/// The text of web/api/openapi.json without indentation: an OpenAPI 3.1 document. Valid until the process
/// ends. *Thread-safe.*
std::string_view openApiDocument();

}  // namespace glitch_protocol::web
