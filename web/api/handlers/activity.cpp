// Handles the request for the history of the account.
#include "web/api/handlers/handlers.h"
#include "web/api/views.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web::handlers {

void activity(Context& context, const SignedIn& who) {
  JsonWriter json;
  json.beginObject();
  writeActivity(json.key("events"), context.services.accounts.activity(who.userId));
  json.endObject();
  succeed(context.answer, 200, json.text());
}

}  // namespace glitch_protocol::web::handlers
