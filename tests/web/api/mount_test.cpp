// Tests of the routes mounted into a stock httplib::Server, over real sockets.
#include "web/api/mount.h"

#include <condition_variable>
#include <set>
#include <thread>

#include "tests/support/api_fixture.h"
#include "tests/support/connection_fixture.h"
#include "tests/support/waiting.h"

namespace glitch_protocol::web {

namespace {

/// The server of a host with the mounted routes, on a port that the system chose. *One thread at a time.*
class Host {
 public:
  explicit Host(Surface& surface) : surface_(surface) {
    server_.Post("/size", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(std::to_string(request.body.size()), "text/plain");
    });
    server_.Get("/hello", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("hello", "text/plain");
    });
    mountAuthRoutes(server_, surface.api);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    REQUIRE(eventually([this] { return server_.is_running(); }));
  }
  ~Host() {
    surface_.hub.finishAll();
    server_.stop();
    thread_.join();
  }

  httplib::Client client() const { return httplib::Client("127.0.0.1", port_); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

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

TEST_CASE("mounted routes answer beside those of the host") {
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

TEST_CASE("a mounted sign-in sets both cookies, and a refusal sets none") {
  Surface surface;
  Host host(surface);
  auto client = host.client();
  const std::string credentials = R"({"email":"ada@example.org","password":"correct horse battery"})";
  const auto entered = client.Post("/api/auth/register", credentials, "application/json");
  REQUIRE(entered);
  REQUIRE(entered->get_header_value_count("Set-Cookie") == 2);
  // In httplib's order, which versions differ in; so do the parameters of get_header_value().
  std::set<std::string> names;
  const auto [first, last] = entered->headers.equal_range("Set-Cookie");
  for (auto field = first; field != last; ++field)
    names.insert(field->second.substr(0, field->second.find('=')));
  CHECK(names == std::set<std::string>{"refreshToken", "device"});
  CHECK(client.Post("/api/auth/register", credentials, "application/json")
            ->get_header_value_count("Set-Cookie") == 0);
}

namespace {

/// A login whose body has exactly this many bytes.
std::string loginOf(std::size_t size) {
  const std::string begin = R"({"email":"nobody@example.org","password":"a fine long passphrase","pad":")";
  return begin + std::string(size - begin.size() - 2, 'x') + "\"}";
}

std::string postOf(const std::string& fields, const std::string& body) {
  return "POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + fields + "\r\n" +
         body;
}

std::string withLength(const std::string& body) {
  return postOf("Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

}  // namespace

TEST_CASE("the body of a mounted route is limited to 16 KiB; the routes of the host keep their limits") {
  Surface surface;
  Host host(surface);
  auto client = host.client();
  const std::string type = "application/json";
  CHECK(client.Post("/api/auth/login", loginOf(16 * 1024), type)->status == 401);
  for (const std::size_t size : {16 * 1024 + 1, 40 * 1024, 80 * 1024}) {
    INFO(size);
    const auto refused = client.Post("/api/auth/login", loginOf(size), type);
    REQUIRE(refused);
    CHECK(refused->status == 413);
    CHECK(refused->body == R"({"success":false,"error":"The body is too large.","code":"BODY_TOO_LARGE"})");
    CHECK(refused->get_header_value("Content-Type") == "application/json; charset=utf-8");
    CHECK(refused->get_header_value("X-Content-Type-Options") == "nosniff");
    CHECK(refused->get_header_value("X-Request-Id").size() == 16);
    CHECK(client.Put("/api/auth/login", loginOf(size), type)->status == 413);
  }
  CHECK(client.Post("/size", std::string(1024 * 1024, 'x'), "text/plain")->body == "1048576");
}

TEST_CASE("every way of sending a body to a mounted route is bounded") {
  Surface surface;
  Host host(surface);
  const auto statusOf = [&](const std::string& request) {
    return testing::RawClient(host.address()).say(request).answer().status;
  };
  const std::string chunk = "1000\r\n" + std::string(4096, 'x') + "\r\n";
  std::string chunks;
  for (int i = 0; i < 5; ++i) chunks += chunk;
  CHECK(statusOf(postOf("Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n")) == 413);
  CHECK(statusOf(postOf("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")) == 422);
  const std::string part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
  for (const auto& [size, status] : {std::pair{10, 415}, std::pair{20'000, 413}}) {
    CAPTURE(size);
    const std::string body = part + std::string(static_cast<std::size_t>(size), 'x') + "\r\n--b--\r\n";
    CHECK(statusOf("POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; "
                   "boundary=b\r\nContent-Length: " +
                   std::to_string(body.size()) + "\r\n\r\n" + body) == status);
  }
  CHECK(statusOf("POST /api/auth/logout HTTP/1.1\r\nHost: a\r\n\r\n") == 401);
}

TEST_CASE("the rest of a refused body is never treated as a request") {
  Surface surface;
  Host host(surface);
  const std::string smuggled = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
  // One that is read to its end, and one that is too long for that.
  for (const std::size_t size : {std::size_t{20'000}, std::size_t{200'000}}) {
    INFO(size);
    std::string body(size, 'x');
    for (std::size_t at = 0; at + smuggled.size() < size; at += 1000)
      body.replace(at, smuggled.size(), smuggled);
    testing::RawClient client(host.address());
    const auto refused = client.say(withLength(body)).answer();
    CHECK(refused.status == 413);
    if (size > 100'000) {
      CHECK(refused.header("Connection") == "close");
      CHECK(client.rest().empty());
    } else {
      CHECK(client.say(smuggled).answer().body == "hello");
    }
  }
}

TEST_CASE("a mounted event stream receives events and ends with its session") {
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
    changed.wait_for(lock, testPatience, [&] { return ended || heard.find(text) != std::string::npos; });
    return heard.find(text) != std::string::npos;
  };

  const bool connected = waitFor("event: SESSIONS_UPDATED");
  surface.signIn("ada@example.org");
  const bool heardNew = waitFor("event: SESSION_NEW");
  SessionInfo large;
  large.client.userAgent = std::string(200'000, 'u');
  surface.hub.emitToUser(UserId(ada.userId), SessionNewEvent{large});
  const bool heardLarge = waitFor(std::string(200'000, 'u'));
  surface.send(post("/api/auth/logout").bearer(ada.accessToken));
  const bool heardEnd = waitFor("event: SESSION_TERMINATED");
  listener.join();
  CHECK(connected);
  CHECK(heardNew);
  CHECK(heardLarge);
  CHECK(heardEnd);
  CHECK(type == "text/event-stream");
  CHECK(heard.find("retry: 3000\n\nevent: CONNECTED\n") == 0);
}

TEST_CASE("a mounted route refuses requests that others may read in another way, and closes the connection") {
  Surface surface;
  Host host(surface);
  const auto request = GENERATE_COPY(values<std::string>({
      postOf("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"),
      postOf("Content-Length: 2\r\nContent-Length: 40\r\n", "{}"),
      postOf("Content-Length: 0x2\r\n", "{}"),
      postOf("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "2\r\n{}\r\n0\r\n\r\n"),
      "GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
      "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
  }));
  INFO(request);
  testing::RawClient client(host.address());
  client.say(request);
  client.endSending();
  const std::string answers = client.rest();
  CHECK((answers.empty() || answers.starts_with("HTTP/1.1 4") || answers.starts_with("HTTP/1.1 501")));
  CHECK(answers.find("HTTP/1.1", 1) == std::string::npos);
}

}  // namespace glitch_protocol::web
