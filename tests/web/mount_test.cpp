// The routes inside a stock httplib::Server, over real sockets.
#include "web/mount.h"

#include <condition_variable>
#include <thread>

#include "tests/web/api_fixture.h"

namespace glitch_protocol::web {

namespace {

/// A host's own server with the routes in it, on a port that the system chose. *One thread at a time.*
class Host {
 public:
  explicit Host(Surface& surface) : surface_(surface) {
    server_.Get("/hello", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("hello", "text/plain");
    });
    mountAuthRoutes(server_, surface.api);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~Host() {
    surface_.hub.finishAll();
    server_.stop();
    thread_.join();
  }

  httplib::Client client() const { return httplib::Client("127.0.0.1", port_); }

 private:
  Surface& surface_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

httplib::Headers bearer(const std::string& token) {
  return {{"Authorization", "Bearer " + token}};
}

}  // namespace

TEST_CASE("mounted routes answer beside the host's own") {
  Surface surface;
  Host host(surface);
  auto client = host.client();
  CHECK(client.Get("/hello")->body == "hello");

  const auto entered =
      client.Post("/api/auth/register", Surface::credentials("ada@example.org"), "application/json");
  REQUIRE(entered);
  CHECK(entered->status == 201);
  CHECK(entered->get_header_value("X-Content-Type-Options") == "nosniff");
  CHECK(entered->get_header_value("X-Request-Id").size() == 16);
  picojson::value json;
  CHECK(picojson::parse(json, entered->body).empty());
  const std::string token = json.get("data").get("accessToken").get<std::string>();

  const auto verified = client.Get("/api/auth/verify", bearer(token));
  CHECK(verified->status == 200);
  CHECK(verified->get_header_value("Remote-User") == "ada@example.org");
  CHECK(client.Get("/api/auth/login")->status == 405);
  CHECK(client.Delete("/api/auth/login")->get_header_value("Allow") == "POST, OPTIONS");
  CHECK(client.Options("/api/auth/login")->status == 204);
  CHECK(client.Get("/api/auth/%76erify")->status == 404);
  CHECK(client.Post("/api/auth/login", "{", "application/json")->status == 400);
}

TEST_CASE("a mounted sign-in sets both cookies, and a refusal drops them") {
  Surface surface;
  Host host(surface);
  auto client = host.client();
  const std::string credentials = R"({"email":"ada@example.org","password":"correct horse battery"})";
  const auto entered = client.Post("/api/auth/register", credentials, "application/json");
  REQUIRE(entered);
  CHECK(entered->get_header_value_count("Set-Cookie") == 2);
  CHECK(entered->get_header_value("Set-Cookie", 0).starts_with("refreshToken="));
  CHECK(entered->get_header_value("Set-Cookie", 1).starts_with("device="));
  CHECK(client.Post("/api/auth/register", credentials, "application/json")
            ->get_header_value_count("Set-Cookie") == 0);
}

TEST_CASE("a mounted event stream hears what happens and ends with its session") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  Host host(surface);

  std::mutex mutex;
  std::condition_variable changed;
  std::string heard;
  bool ended = false;
  std::string type;
  std::thread listener([&] {
    auto client = host.client();
    client.set_read_timeout(30, 0);
    client.Get(
        "/api/events", bearer(ada.accessToken),
        [&](const httplib::Response& response) {
          const std::lock_guard lock(mutex);
          type = response.get_header_value("Content-Type");
          return true;
        },
        [&](const char* bytes, std::size_t size) {
          const std::lock_guard lock(mutex);
          heard.append(bytes, size);
          changed.notify_all();
          return true;
        });
    const std::lock_guard lock(mutex);
    ended = true;
    changed.notify_all();
  });
  const auto waitFor = [&](const std::string& text) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ended || heard.find(text) != std::string::npos; });
    return heard.find(text) != std::string::npos;
  };

  const bool connected = waitFor("event: SESSIONS_UPDATED");
  surface.signIn("ada@example.org");
  const bool heardNew = waitFor("event: SESSION_NEW");
  surface.send(post("/api/auth/logout").bearer(ada.accessToken));
  const bool heardEnd = waitFor("event: SESSION_TERMINATED");
  listener.join();
  CHECK(connected);
  CHECK(heardNew);
  CHECK(heardEnd);
  CHECK(type == "text/event-stream");
  CHECK(heard.find("retry: 3000\n\nevent: CONNECTED\n") == 0);
}

}  // namespace glitch_protocol::web
