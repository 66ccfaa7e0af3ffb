#include "web/api/handlers/handlers.h"
#include "web/api/views.h"
#include "web/http/answer.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web::handlers {

void activity(Call& call) {
  JsonWriter json;
  json.beginObject();
  writeActivity(json.key("events"), call.accounts().activity(call.userId()));
  json.endObject();
  succeed(call.response(), 200, json.text());
}

}  // namespace glitch_protocol::web::handlers
