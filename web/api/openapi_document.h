// The description of the HTTP API, web/api/openapi.json, as the build puts it into the program.
#pragma once

#include <string_view>

namespace glitch_protocol::web {

/// The text of web/api/openapi.json without its indentation: an OpenAPI 3.1 document. Valid for the life of
/// the process. *Thread-safe.*
std::string_view openApiDocument();

}  // namespace glitch_protocol::web
