#include <utility>

#include "web/api/handlers/handlers.h"
#include "web/api/views.h"
#include "web/http/answer.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web::handlers {

namespace {

SessionPageRequest requestedPage(Call& call) {
  SessionPageRequest page;
  page.limit = call.queryNumber("limit", 1, maxSessionsPerPage, maxSessionsPerPage);
  if (auto after = call.queryText("after")) page.after = SessionId{std::move(*after)};
  call.requireFields();
  if (page.after && page.after->str().size() > maxSessionIdBytes)
    throw ValidationError({{"after", "TOO_LONG", "No session id is that long."}});
  return page;
}

// This request is activity of its own session. It counts for the order of a list of several pages only once it is
// written: otherwise the session would stand on the wrong page, and be missed when it moves to the first.
SessionPage readPage(Call& call) {
  const SessionPageRequest request = requestedPage(call);
  SessionPage page = call.engine().getActiveSessions(call.userId(), request);
  const bool isWholeList = !request.after && !page.next;
  if (isWholeList) return page;
  try {
    call.engine().flushActivity(call.sessionId());
  } catch (const StoreError&) {
    return page;  // the list can be read, though nothing can be written
  }
  return call.engine().getActiveSessions(call.userId(), request);
}

}  // namespace

void listSessions(Call& call) {
  const SessionPage page = readPage(call);
  JsonWriter json;
  json.beginObject();
  writeSessions(json.key("sessions"), page.sessions, call.sessionId());
  json.key("total").number(static_cast<std::int64_t>(page.total));
  json.key("next");
  if (page.next) {
    json.string(page.next->str());
  } else {
    json.null();
  }
  json.endObject();
  succeed(call.response(), 200, json.text());
}

void terminateSession(Call& call) {
  const SessionId target{call.requiredText("sessionId")};
  call.requireFields();

  call.nameRefusal("termination_refused");
  if (target.str().size() > maxSessionIdBytes) throw createSessionNotFoundError();
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
