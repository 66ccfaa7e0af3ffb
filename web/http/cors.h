// Cross-origin resource sharing: what browsers let pages of other origins do (Fetch standard, "CORS
// protocol").
#pragma once

#include <httplib.h>

#include <string>
#include <vector>

namespace glitch_protocol::web {

/// Echoes a listed origin, with credentials. Other origins get no Access-Control field. Where any origin is
/// listed, the answer says that it varies by origin.
void setCorsHeaders(const httplib::Request&, httplib::Response&,
                    const std::vector<std::string>& allowedOrigins);

/// The same for the answer to a preflight of a listed origin: which methods and header fields may be used.
void setPreflightHeaders(const httplib::Request&, httplib::Response&,
                         const std::vector<std::string>& allowedOrigins, const std::string& allowedMethods);

}  // namespace glitch_protocol::web
