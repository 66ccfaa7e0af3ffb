// Sets the fields of cross-origin resource sharing, which tell browsers what pages of other origins may do
// (Fetch standard, "CORS protocol").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "web/http/answer.h"
#include "web/http/request.h"

namespace glitch_protocol::web {

/// Echoes an allowed origin and permits credentials. Other origins get no Access-Control field. When any
/// origin is configured, the answer says that it varies by origin.
void setCorsFields(const Request&, Answer&, const std::vector<std::string>& allowedOrigins);

/// For the answer to a preflight request of an allowed origin: the methods and header fields that may be
/// used.
void setPreflightFields(const Request&, Answer&, const std::vector<std::string>& allowedOrigins,
                        std::string_view allowedMethods);

}  // namespace glitch_protocol::web
