// Tests of GET /api/events and of the hub behind it.
#include <thread>

#include "tests/support/api_fixture.h"

namespace glitch_protocol::web {

TEST_CASE("a stream begins with retry, CONNECTED and the current sessions") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Reply reply = surface.send(get("/api/events").bearer(ada.accessToken));
  CHECK(reply.status() == 200);
  CHECK(reply.header("Content-Type") == "text/event-stream");
  CHECK(reply.header("X-Accel-Buffering") == "no");
  REQUIRE(reply.exchange.stream);

  const OpenStream stream(reply.exchange.stream);
  CHECK(stream->text().find("retry: 3000\n\nevent: CONNECTED\ndata: {\"socketId\":\"") == 0);
  CHECK(stream->text().find("\"sessionId\":\"" + ada.sessionId + "\"}\n\nevent: SESSIONS_UPDATED\ndata: {") !=
        std::string::npos);
  CHECK(stream->events() == "CONNECTED SESSIONS_UPDATED");
  CHECK_FALSE(stream->finished());
}

TEST_CASE("opening a stream does not consume the cookie, and a superseded cookie is not counted as reuse") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Reply reply =
      surface.send(get("/api/events").cookie(ada.refreshToken).header("Sec-Fetch-Site", "same-origin"));
  REQUIRE(reply.exchange.stream);
  const OpenStream stream(reply.exchange.stream);
  const Reply renewed = surface.send(post("/api/auth/refresh").cookie(ada.refreshToken));
  CHECK(renewed.status() == 200);

  const Reply old = surface.send(get("/api/events").cookie(ada.refreshToken));
  CHECK(old.status() == 401);
  CHECK(old.code() == "TOKEN_INVALID");
  CHECK(old.cookie() == "-");
  CHECK(surface.send(get("/api/auth/verify").bearer(ada.accessToken)).status() == 200);
  CHECK(surface.send(get("/api/events").cookie(renewed.cookie()).header("Origin", "https://evil.example"))
            .status() == 403);
}

TEST_CASE("a new session is announced to all streams of its user and to no other user") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Visitor bob = surface.enter("bob@example.org");
  const OpenStream first = surface.listen(ada);
  const OpenStream second = surface.listen(ada);
  const OpenStream bobs = surface.listen(bob);
  const Visitor phone = surface.signIn("ada@example.org");
  for (const OpenStream* stream : {&first, &second}) {
    CHECK((*stream)->events() == "CONNECTED SESSIONS_UPDATED SESSION_NEW");
    CHECK((*stream)->lastData().get("session").get("id").get<std::string>() == phone.sessionId);
    CHECK_FALSE((*stream)->lastData().get("session").get("current").get<bool>());
  }
  CHECK(bobs->events() == "CONNECTED SESSIONS_UPDATED");
}

TEST_CASE("the streams of an ended session are notified and closed; the others get the remaining sessions") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Visitor phone = surface.signIn("ada@example.org");
  const OpenStream keeps = surface.listen(ada);
  const OpenStream ends = surface.listen(phone);
  const OpenStream endsToo = surface.listen(phone);
  surface.send(post("/api/sessions/terminate")
                   .bearer(ada.accessToken)
                   .json(R"({"sessionId":")" + phone.sessionId + "\"}"));

  for (const OpenStream* stream : {&ends, &endsToo}) {
    CHECK((*stream)->events() == "CONNECTED SESSIONS_UPDATED SESSION_TERMINATED");
    CHECK((*stream)->lastData().get("sessionId").get<std::string>() == phone.sessionId);
    CHECK((*stream)->lastData().get("reason").get<std::string>() == "terminated");
    CHECK((*stream)->finished());
  }
  CHECK(keeps->events() == "CONNECTED SESSIONS_UPDATED SESSIONS_UPDATED");
  const auto data = keeps->lastData();
  const auto& list = data.get("sessions").get<picojson::array>();
  REQUIRE(list.size() == 1);
  CHECK(list[0].get("current").get<bool>());
  CHECK_FALSE(keeps->finished());
}

TEST_CASE("current is true for the session of the stream itself") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Visitor phone = surface.signIn("ada@example.org");
  const OpenStream one = surface.listen(ada);
  const OpenStream other = surface.listen(phone);
  const auto current = [](const OpenStream& stream) {
    std::string id;
    const auto data = stream->lastData();
    for (const auto& session : data.get("sessions").get<picojson::array>()) {
      if (session.get("current").get<bool>()) id += session.get("id").get<std::string>();
    }
    return id;
  };
  surface.engine.acceptExternalChanges(surface.hub.listeners());
  CHECK(current(one) == ada.sessionId);
  CHECK(current(other) == phone.sessionId);
}

TEST_CASE("a session that ends between its authentication and the opening still closes the stream") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  Reply reply = surface.send(get("/api/events").bearer(ada.accessToken));
  REQUIRE(reply.exchange.stream);
  const std::string reason = GENERATE("logout", "expired", "user_deleted");
  if (reason == "logout") surface.send(post("/api/auth/logout").bearer(ada.accessToken));
  if (reason == "expired") surface.clock.advance(std::chrono::days{31});
  if (reason == "user_deleted") surface.accounts.deleteUser(UserId{ada.userId});

  const OpenStream stream(std::move(reply.exchange.stream));
  CHECK(stream->events() == "CONNECTED SESSION_TERMINATED");
  CHECK(stream->lastData().get("reason").get<std::string>() == reason);
  CHECK(stream->finished());
}

TEST_CASE("an outage while a stream opens ends the stream, so that the client reconnects") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  Reply reply = surface.send(get("/api/events").bearer(ada.accessToken));
  REQUIRE(reply.exchange.stream);
  surface.cache.forgetEverything();
  surface.database.failReads();
  const OpenStream stream(std::move(reply.exchange.stream));
  CHECK(stream->events() == "CONNECTED");
  CHECK(stream->finished());
}

TEST_CASE("a stream beyond the limit of its user is refused with 429 until another one closes") {
  World world;
  world.api.maxStreamsPerUser = 2;
  Surface surface(std::move(world));
  const Visitor ada = surface.enter("ada@example.org");
  const Visitor bob = surface.enter("bob@example.org");
  OpenStream first = surface.listen(ada);
  // A requested stream counts before it is open.
  Reply second = surface.send(get("/api/events").bearer(ada.accessToken));
  const auto another = [&] { return surface.send(get("/api/events").bearer(ada.accessToken)); };
  const Reply refused = another();
  CHECK(refused.status() == 429);
  CHECK(refused.code() == "RATE_LIMITED");
  CHECK(refused.has("Retry-After"));
  CHECK_FALSE(refused.exchange.stream);
  CHECK(surface.send(Ask("HEAD", "/api/events").bearer(ada.accessToken)).status() == 200);
  CHECK(surface.send(get("/api/events").bearer(bob.accessToken)).status() == 200);

  first.close();
  CHECK(another().status() == 200);
  second.exchange.stream.reset();
  CHECK(another().status() == 200);
  CHECK(surface.hub.size() == 0);
}

TEST_CASE("a session stores one of its open streams, and none after the last has closed") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const auto tied = [&] {
    surface.engine.flushRecords();
    std::optional<Session> session;
    surface.database.read(
        [&](Reader& reader) { session = reader.sessions().find(SessionId{ada.sessionId}); });
    return session->socketId;
  };
  const auto idOf = [](const OpenStream& stream) {
    const auto text = stream->text();
    const auto at = text.find("\"socketId\":\"") + 12;
    return SocketId{text.substr(at, text.find('"', at) - at)};
  };
  CHECK_FALSE(tied());
  OpenStream first = surface.listen(ada);
  CHECK(tied() == idOf(first));
  OpenStream second = surface.listen(ada);
  CHECK(tied() == idOf(second));
  second.close();
  CHECK(tied() == idOf(first));
  first.close();
  CHECK_FALSE(tied());
}

TEST_CASE("HEAD of the event stream sends its header and opens no stream") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Reply reply = surface.send(Ask("HEAD", "/api/events").bearer(ada.accessToken));
  CHECK(reply.status() == 200);
  CHECK(reply.header("Content-Type") == "text/event-stream");
  CHECK_FALSE(reply.exchange.stream);
}

TEST_CASE("listeners() returns each session once") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Visitor bob = surface.enter("bob@example.org");
  const OpenStream one = surface.listen(ada);
  const OpenStream two = surface.listen(ada);
  const OpenStream three = surface.listen(bob);
  CHECK(surface.hub.listeners().size() == 2);
  CHECK(surface.hub.size() == 3);
}

TEST_CASE("after finishAll() every stream ends, including those that open later") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const OpenStream before = surface.listen(ada);
  surface.hub.finishAll();
  CHECK(before->finished());
  const OpenStream after = surface.listen(ada);
  CHECK(after->finished());
}

TEST_CASE("streams of many threads open, receive events and close at the same time") {
  EventHub hub;
  const UserId user{"ada"};
  std::vector<std::thread> threads;
  std::vector<int> heard(4);
  for (std::size_t thread = 0; thread < heard.size(); ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < 200; ++round) {
        const std::string name = std::to_string(thread) + "-" + std::to_string(round);
        const auto place =
            std::make_shared<Subscription>(hub, Subscriber{user, SessionId{name}, SocketId{name}});
        if (!hub.admit(place, 100)) continue;
        const auto sink = std::make_shared<RecordingSink>();
        place->open(sink);
        hub.emitToUser(user, SessionsUpdatedEvent{});
        hub.emitToUser(user, SessionTerminatedEvent{SessionId{name}, "logout"});
        hub.emitToUser(user, SessionsUpdatedEvent{});
        const std::string events = sink->events();
        if (events.ends_with("SESSION_TERMINATED") && sink->finished()) ++heard[thread];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : heard) {
    CAPTURE(count);
    CHECK(count == 200);
  }
  CHECK(hub.size() == 0);
}

}  // namespace glitch_protocol::web
