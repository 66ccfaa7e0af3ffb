// Lists and terminates the sessions of the signed-in user.
#include <utility>

#include "web/api/handlers/handlers.h"
#include "web/api/views.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web::handlers {

namespace {

SessionPageRequest requestedPage(Context& context) {
  Fields query = context.query();
  SessionPageRequest page;
  page.limit =
      static_cast<std::size_t>(query.integer("limit", 1, maxSessionsPerPage).value_or(maxSessionsPerPage));
  if (auto after = query.nonEmptyText("after")) page.after = SessionId{std::move(*after)};
  query.throwErrors();
  if (page.after && page.after->str().size() > maxIdBytes)
    throw ValidationError({{"after", "TOO_LONG", "This is longer than any session id."}});
  return page;
}

// This request is itself activity of the current session. A list of several pages is ordered by stored
// activity, so the activity is written first: otherwise the session would appear on the wrong page and be
// missed once it moves to the first.
SessionPage readPage(Context& context, const SignedIn& who) {
  const SessionPageRequest request = requestedPage(context);
  SessionPage page = context.engine().getActiveSessions(who.userId, request);
  const bool isWholeList = !request.after && !page.next;
  if (isWholeList) return page;
  try {
    context.engine().flushActivity(who.sessionId);
  } catch (const StoreError&) {
    return page;  // the list can still be read while writes fail
  }
  return context.engine().getActiveSessions(who.userId, request);
}

}  // namespace

void listSessions(Context& context, const SignedIn& who) {
  const SessionPage page = readPage(context, who);
  JsonWriter json;
  json.beginObject();
  writeSessions(json.key("sessions"), page.sessions, who.sessionId);
  json.key("total").number(static_cast<std::int64_t>(page.total));
  json.key("next");
  if (page.next) {
    json.string(page.next->str());
  } else {
    json.null();
  }
  json.endObject();
  succeed(context.answer, 200, json.text());
}

void terminateSession(Context& context, const SignedIn& who) {
  Fields body = context.body();
  const SessionId target{body.requiredText("sessionId")};
  body.throwErrors();

  context.onRefusal.event = "termination_refused";
  if (target.str().size() > maxIdBytes) throw createSessionNotFoundError();
  context.engine().terminateSession(target, who.userId);
  context.log("session_terminated", who.userId, target);
  succeed(context.answer);
}

void terminateOtherSessions(Context& context, const SignedIn& who) {
  const std::size_t terminated = context.engine().terminateAllOtherSessions(who.userId, who.sessionId);
  context.log("other_sessions_terminated", who.userId, who.sessionId);
  JsonWriter json;
  json.beginObject();
  json.key("terminated").number(static_cast<std::int64_t>(terminated));
  json.endObject();
  succeed(context.answer, 200, json.text());
}

}  // namespace glitch_protocol::web::handlers
