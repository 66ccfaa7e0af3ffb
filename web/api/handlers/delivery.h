// Where a route that issues a refresh token puts it.
#pragma once

#include "web/http/fields.h"

namespace glitch_protocol::web::handlers {

/// Into the cookie, or into the answer's data.
enum class Delivery { cookie, body };

/// The field `delivery`: "cookie" (also when missing) or "body"; anything else is noted.
Delivery deliveryIn(Fields& body);

}  // namespace glitch_protocol::web::handlers
