#include "web/http/cors.h"

#include "web/http/origin.h"

namespace glitch_protocol::web {

namespace {

/// The origin of the request if it is an allowed one, otherwise "".
std::string_view listedOrigin(const Request& request, const std::vector<std::string>& allowedOrigins) {
  const FieldList::Lookup origin = request.fields.find("Origin");
  return origin.count == 1 && isListed(origin.value, allowedOrigins) ? origin.value : std::string_view{};
}

}  // namespace

void setCorsFields(const Request& request, Answer& answer, const std::vector<std::string>& allowedOrigins) {
  if (allowedOrigins.empty()) return;
  answer.set("Vary", "Origin");
  const std::string_view origin = listedOrigin(request, allowedOrigins);
  if (origin.empty()) return;
  answer.set("Access-Control-Allow-Origin", origin);
  answer.set("Access-Control-Allow-Credentials", "true");
  answer.set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id");
}

void setPreflightFields(const Request& request, Answer& answer,
                        const std::vector<std::string>& allowedOrigins, std::string_view allowedMethods) {
  if (listedOrigin(request, allowedOrigins).empty()) return;
  answer.set("Access-Control-Allow-Methods", allowedMethods);
  answer.set("Access-Control-Allow-Headers", "Authorization, Content-Type");
  answer.set("Access-Control-Max-Age", "600");
}

}  // namespace glitch_protocol::web
