// Reads where the caller wants a new refresh token: in the cookie or in the body.
#pragma once

#include "web/http/fields.h"

namespace glitch_protocol::web::handlers {

/// cookie: as a cookie. body: in the data of the answer.
enum class Delivery { cookie, body };

/// The field `delivery`: "cookie" (also when it is missing) or "body"; any other value is noted as an error.
Delivery deliveryIn(Fields& body);

}  // namespace glitch_protocol::web::handlers
