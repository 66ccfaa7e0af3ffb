#include "web/answer.h"
#include "web/handlers/handlers.h"
#include "web/json_write.h"

namespace glitch_protocol::web::handlers {

namespace {

// No id of ours is longer.
constexpr std::size_t maxIdBytes = 128;

}  // namespace

void listSessions(Call& call) {
  JsonWriter json;
  json.beginObject();
  writeSessions(json.key("sessions"), call.engine().getActiveSessions(call.userId()), call.sessionId());
  json.endObject();
  succeed(call.response(), 200, json.text());
}

void terminateSession(Call& call) {
  const SessionId target{call.requiredText("sessionId")};
  call.requireFields();

  call.nameRefusal("termination_refused");
  if (target.str().size() > maxIdBytes) throw createSessionNotFoundError();
  call.engine().terminateSession(target, call.userId());
  call.log("session_terminated", call.userId(), target);
  succeed(call.response());
}

void terminateOtherSessions(Call& call) {
  const std::size_t terminated = call.engine().terminateAllOtherSessions(call.userId(), call.sessionId());
  call.log("other_sessions_terminated", call.userId(), call.sessionId());
  JsonWriter json;
  json.beginObject();
  json.key("terminated").number(static_cast<std::int64_t>(terminated));
  json.endObject();
  succeed(call.response(), 200, json.text());
}

}  // namespace glitch_protocol::web::handlers
