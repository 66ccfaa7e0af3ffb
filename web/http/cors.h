// Cross-origin resource sharing: what browsers let pages of other origins do (Fetch standard, "CORS protocol").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "web/http/answer.h"
#include "web/http/request.h"

namespace glitch_protocol::web {

/// Echoes a listed origin, with credentials. Other origins get no Access-Control field. Where any origin is
/// listed, the answer says that it varies by origin.
void setCorsFields(const Request&, Answer&, const std::vector<std::string>& allowedOrigins);

/// The same for the answer to a preflight of a listed origin: which methods and header fields may be used.
void setPreflightFields(const Request&, Answer&, const std::vector<std::string>& allowedOrigins,
                        std::string_view allowedMethods);

}  // namespace glitch_protocol::web
