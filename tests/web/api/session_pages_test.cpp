// Tests of the pages of GET /api/sessions and of the size of sessions in answers and events.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/api_fixture.h"
#include "web/api/event_stream.h"
#include "web/api/views.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {

namespace {

/// ada with `count` sessions, created a second apart; the visitor of ada has the oldest.
struct CrowdedSurface : Surface {
  explicit CrowdedSurface(int count) : Surface(unlimited()), ada(enter("ada@example.org")) {
    for (int i = 1; i < count; ++i) {
      clock.advance(std::chrono::seconds{1});
      engine.createSession(UserId{ada.userId}, "203.0.113.9", "Browser/1.0");
    }
  }
  static World unlimited() {
    World world;
    world.engine.maxSessionsPerUser = 0;
    world.engine.recordingDelay = std::chrono::hours{24};  // no activity is written during the tests
    return world;
  }
  Ask list() const { return get("/api/sessions").bearer(ada.accessToken); }

  const Visitor ada;
};

/// The first error as "field CODE".
std::string errorOf(const Reply& reply) {
  if (reply.code() != "VALIDATION_FAILED" || reply.status() != 422) return reply.code();
  const picojson::value& error = reply.list("fields").front();
  return error.get("field").get<std::string>() + ' ' + error.get("code").get<std::string>();
}

/// The largest session that the engine stores, in the bytes that take most space in JSON.
std::vector<SessionInfo> worstPage() {
  SessionInfo worst;
  worst.id = SessionId(std::string(maxIdBytes, 'i'));
  worst.client = {std::string(maxIpAddressBytes, '\x01'), std::string(maxUserAgentBytes, '\x01')};
  // The longest label; its words take less space than the bytes that they replace.
  worst.client.userAgent.replace(0, 23, "SamsungBrowser; Windows");
  return std::vector<SessionInfo>(maxSessionsPerPage, worst);
}

}  // namespace

TEST_CASE("the list is sent in pages, with the total and the start of the next page") {
  CrowdedSurface surface(120);
  const Reply first = surface.send(surface.list());
  CHECK(first.status() == 200);
  CHECK(first.list("data.sessions").size() == 100);
  CHECK(first.at("data.total") == "120");
  const std::string next = first.at("data.next");
  CHECK(next == first.list("data.sessions").back().get("id").get<std::string>());

  const Reply second = surface.send(surface.list().query("after", next));
  CHECK(second.list("data.sessions").size() == 20);
  CHECK(second.at("data.total") == "120");
  CHECK(second.at("data.next") == "null");

  const Reply three = surface.send(surface.list().query("after", next).query("limit", "3"));
  CHECK(three.list("data.sessions").size() == 3);
  CHECK(three.at("data.next") == three.list("data.sessions").back().get("id").get<std::string>());
}

TEST_CASE("the requesting session comes first in a list of several pages, and all pages share one order") {
  CrowdedSurface surface(250);
  surface.clock.advance(std::chrono::seconds{1});
  std::vector<std::string> activity;
  std::string current;
  std::string next;
  do {
    const Reply page = surface.send(next.empty() ? surface.list() : surface.list().query("after", next));
    for (const picojson::value& session : page.list("data.sessions")) {
      if (session.get("current").get<bool>()) current += std::to_string(activity.size());
      activity.push_back(session.get("lastActivity").get<std::string>());
    }
    next = page.at("data.next");
  } while (next != "null");
  CHECK(activity.size() == 250);
  CHECK(current == "0");
  CHECK(std::is_sorted(activity.rbegin(), activity.rend()));
}

TEST_CASE("a list of several pages is answered while writes fail, and causes a write only once a minute") {
  CrowdedSurface surface(150);
  surface.database.failFromNthWriteStep(1);
  CHECK(surface.send(surface.list()).status() == 200);
  surface.database.recover();
  surface.database.resetCounters();
  for (int i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(surface.send(surface.list()).status() == 200);
  }
  CHECK(surface.database.writes() == 1);
}

TEST_CASE("a list that fits on one page has next null") {
  CrowdedSurface surface(2);
  const Reply reply = surface.send(surface.list().query("limit", "2").query("color", "blue"));
  CHECK(reply.list("data.sessions").size() == 2);
  CHECK(reply.at("data.next") == "null");
  CHECK(surface.send(surface.list().query("limit", "1")).at("data.total") == "2");
}

TEST_CASE("a limit outside 1 to 100 and a session of another user are refused by field") {
  CrowdedSurface surface(2);
  const Visitor bob = surface.enter("bob@example.org");
  const std::vector<std::pair<std::string, std::string>> limits{
      {"", "REQUIRED"},
      {"0", "NOT_ALLOWED"},
      {"101", "NOT_ALLOWED"},
      {"-1", "NOT_ALLOWED"},
      {"ten", "NOT_ALLOWED"},
      {" 5", "NOT_ALLOWED"},
      {"5 ", "NOT_ALLOWED"},
      {"1e1", "NOT_ALLOWED"},
      {"0x10", "NOT_ALLOWED"},
      {"5.0", "NOT_ALLOWED"},
      {"+5", "NOT_ALLOWED"},
      {"99999999999999999999", "NOT_ALLOWED"},
      {std::string("5\0", 2), "NUL_CHARACTER"},
  };
  for (const auto& [value, code] : limits) {
    CAPTURE(value);
    CHECK(errorOf(surface.send(surface.list().query("limit", value))) == "limit " + code);
  }
  const std::vector<std::pair<std::string, std::string>> cursors{
      {"", "REQUIRED"},
      {"none", "NOT_FOUND"},
      {bob.sessionId, "NOT_FOUND"},
      {surface.ada.sessionId + std::string(1, '\0'), "NUL_CHARACTER"},
      {std::string(128, 'x'), "NOT_FOUND"},
      {std::string(129, 'x'), "TOO_LONG"},
  };
  for (const auto& [value, code] : cursors) {
    CAPTURE(value);
    CHECK(errorOf(surface.send(surface.list().query("after", value))) == "after " + code);
  }
  CHECK(errorOf(surface.send(surface.list().query("limit", "1").query("limit", "2"))) == "limit NOT_ALLOWED");
  CHECK(errorOf(surface.send(surface.list().query("after", surface.ada.sessionId).query("after", "x"))) ==
        "after NOT_ALLOWED");
  CHECK(surface.send(surface.list().query("limit", "0").query("after", "")).list("fields").size() == 2);
}

TEST_CASE("a sign-in and the start of a stream show the first 100 of many sessions") {
  CrowdedSurface surface(150);
  surface.clock.advance(std::chrono::seconds{1});
  const Reply signedIn = surface.send(post("/api/auth/login").json(Surface::credentials("ada@example.org")));
  CHECK(signedIn.list("data.sessions").size() == 100);
  CHECK(signedIn.list("data.sessions").front().get("current").get<bool>());
  const OpenStream stream = surface.listen(surface.ada);
  const auto data = stream->lastData();
  CHECK(data.get("sessions").get<picojson::array>().size() == 100);
  CHECK(data.get("total").get<double>() == 151);
}

TEST_CASE("me finds a session far down the list with a single read") {
  CrowdedSurface surface(150);
  surface.send(get("/api/auth/me").bearer(surface.ada.accessToken));
  surface.database.resetCounters();
  const Reply reply = surface.send(get("/api/auth/me").bearer(surface.ada.accessToken));
  CHECK(reply.at("data.session.id") == surface.ada.sessionId);
  CHECK(surface.database.sessionsRead() == 1);
}

TEST_CASE("the start of a stream reads at most a page, and nothing if the page is cached") {
  CrowdedSurface surface(150);
  surface.database.resetCounters();
  const OpenStream first = surface.listen(surface.ada);
  CHECK(surface.database.sessionsRead() <= 1 + 101);
  surface.database.resetCounters();
  const OpenStream second = surface.listen(surface.ada);
  CHECK(surface.database.sessionsRead() == 0);
}

TEST_CASE("a page of the largest sessions stays within maxSessionPageJsonBytes and nearly reaches it") {
  const std::vector<SessionInfo> sessions = worstPage();
  JsonWriter answer;
  answer.beginObject();
  answer.key("success").boolean(true);
  answer.key("data").beginObject();
  writeSessions(answer.key("sessions"), sessions, SessionId{});
  answer.key("total").number(std::numeric_limits<std::int64_t>::max());
  answer.key("next").string(sessions.back().id.str());
  answer.endObject().endObject();
  CHECK(answer.text().size() <= maxSessionPageJsonBytes);
  CHECK(answer.text().size() > maxSessionPageJsonBytes * 9 / 10);

  const SessionsUpdatedEvent event{sessions, std::numeric_limits<std::uint64_t>::max() / 2};
  const std::string text = formatEvent(event, SessionId{});
  CHECK(text.size() <= maxSessionPageJsonBytes);
  CHECK(text.size() > maxSessionPageJsonBytes * 9 / 10);
  CHECK(maxSessionPageJsonBytes < std::size_t{400} << 10);
}

}  // namespace glitch_protocol::web
