#include "web/api/handlers/delivery.h"

namespace glitch_protocol::web::handlers {

Delivery deliveryIn(Fields& body) {
  const auto text = body.text("delivery");
  if (!text || *text == "cookie") return Delivery::cookie;
  if (*text != "body") body.reject("delivery", "NOT_ALLOWED", "Use \"cookie\" or \"body\", or leave it out.");
  return Delivery::body;
}

}  // namespace glitch_protocol::web::handlers
