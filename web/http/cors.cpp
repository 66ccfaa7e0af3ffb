#include "web/http/cors.h"

#include "web/http/answer.h"
#include "web/http/origin.h"

namespace glitch_protocol::web {

namespace {

/// The request's origin when it is listed, else "".
std::string listedOrigin(const httplib::Request& request, const std::vector<std::string>& allowedOrigins) {
  if (allowedOrigins.empty() || request.get_header_value_count("Origin") != 1) return {};
  std::string origin = request.get_header_value("Origin");
  return isListed(origin, allowedOrigins) ? origin : std::string{};
}

}  // namespace

void setCorsHeaders(const httplib::Request& request, httplib::Response& response,
                    const std::vector<std::string>& allowedOrigins) {
  if (allowedOrigins.empty()) return;
  setHeader(response, "Vary", "Origin");
  const std::string origin = listedOrigin(request, allowedOrigins);
  if (origin.empty()) return;
  setHeader(response, "Access-Control-Allow-Origin", origin);
  setHeader(response, "Access-Control-Allow-Credentials", "true");
  setHeader(response, "Access-Control-Expose-Headers", "Retry-After, X-Request-Id");
}

void setPreflightHeaders(const httplib::Request& request, httplib::Response& response,
                         const std::vector<std::string>& allowedOrigins, const std::string& allowedMethods) {
  if (listedOrigin(request, allowedOrigins).empty()) return;
  setHeader(response, "Access-Control-Allow-Methods", allowedMethods);
  setHeader(response, "Access-Control-Allow-Headers", "Authorization, Content-Type");
  setHeader(response, "Access-Control-Max-Age", "600");
}

}  // namespace glitch_protocol::web
