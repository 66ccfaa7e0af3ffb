// Tests what clients see when the n-th allocation of the server fails, for n = 1, 2, ... until none fails any
// more, and that the server survives.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <set>
#include <string>
#include <string_view>

#include "engine/accounts.h"
#include "store/memory_cache.h"
#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/faults/failing_allocator.h"
#include "tests/support/temporary_directory.h"
#include "web/api/api_handler.h"
#include "web/connection/server.h"

namespace glitch_protocol::web {

namespace {

constexpr const char* password = "correct horse battery";
const ClientInfo client{"127.0.0.1", "a test"};

/// A client socket. It allocates nothing, so that only allocations of the server fail.
class Line {
 public:
  explicit Line(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Line() { ::close(socket_); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void send(std::string_view bytes) {
    if (connected_) static_cast<void>(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }

  enum class End { found, closed, timedOut };
  /// Reads until `text` has arrived, or to the end of the connection when it is empty.
  End readUntil(std::string_view text) {
    constexpr int patience = 20'000;  // milliseconds; reached only in a failing test
    for (;;) {
      if (!text.empty() && received().find(text) != std::string_view::npos) return End::found;
      if (size_ == buffer_.size()) size_ = 0;  // the rest does not matter
      pollfd one{socket_, POLLIN, 0};
      if (::poll(&one, 1, patience) != 1) return End::timedOut;
      const ssize_t bytes = ::recv(socket_, buffer_.data() + size_, buffer_.size() - size_, 0);
      if (bytes <= 0) return End::closed;
      size_ += static_cast<std::size_t>(bytes);
    }
  }
  std::string_view received() const { return {buffer_.data(), size_}; }

 private:
  const int socket_;
  bool connected_ = false;
  std::array<char, 32 * 1024> buffer_{};
  std::size_t size_ = 0;
};

/// The status of the answer; 0 when the connection was closed without one, -1 when nothing arrived.
struct ServedAnswer {
  int status = 0;
  bool tellsWhenToRetry = false;
};

ServedAnswer ask(std::uint16_t port, std::string_view request) {
  Line line(port);
  line.send(request);
  if (line.readUntil("") == Line::End::timedOut) return {-1, false};
  const std::string_view bytes = line.received();
  ServedAnswer answer;
  if (bytes.starts_with("HTTP/1.1 ")) std::from_chars(bytes.data() + 9, bytes.data() + 12, answer.status);
  answer.tellsWhenToRetry = bytes.find("\r\nRetry-After: ") != std::string_view::npos;
  return answer;
}

std::string formatRequest(std::string_view method, std::string_view path, std::string_view token,
                          std::string_view body) {
  std::string request(method);
  request.append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a test\r\n");
  request.append("Connection: close\r\n");
  if (!token.empty()) request.append("Authorization: Bearer ").append(token).append("\r\n");
  if (!body.empty()) {
    request.append("Content-Type: application/json\r\nContent-Length: ");
    request.append(std::to_string(body.size())).append("\r\n");
  }
  return request.append("\r\n").append(body);
}

EngineConfig engineConfig() {
  EngineConfig config;
  config.jwtSecret = Secret("0123456789abcdef-0123456789abcdef-secret");
  config.hooks.hashingStrength = HashingStrength::forTests;
  config.bcryptRounds = 4;
  config.maxSessionsPerUser = 0;
  return config;
}

store::SqliteOptions storeOptions(const std::string& path) {
  store::SqliteOptions options;
  options.path = path;
  options.durability = store::Durability::normal;  // the disk is not under test
  return options;
}

ApiConfig apiConfig() {
  ApiConfig config;
  config.rateLimits = RateLimits::off();
  return config;
}

ConnectionLimits connectionLimits() {
  ConnectionLimits limits;
  limits.maxConnections = 256;
  limits.workers = 2;
  limits.commitThreads = 2;
  limits.hashingThreads = 1;
  return limits;
}

/// A user on two devices, the second of which has an open stream.
struct Person {
  SignIn laptop;
  SignIn phone;
};

/// The complete server. *One thread at a time.*
class Served {
 public:
  Served() : database(storeOptions(directory_.file("auth.db"))) {
    server_.listen("127.0.0.1:0");
    server_.start();
    const std::string address = server_.addresses().front();
    port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  ~Served() { server_.stop(std::chrono::milliseconds(0)); }

  Person enter(const std::string& email) {
    SignIn laptop = accounts.registerUser({email, password, std::nullopt}, client);
    return {laptop, accounts.login(email, password, client)};
  }

  /// The live sessions and the password of this e-mail, and of the one that a request may add.
  std::string stateOf(const std::string& email) {
    std::string state;
    database.read([&](Reader& reader) {
      for (const std::string& address : {email, "new-" + email}) {
        const auto user = reader.users().findByEmail(address);
        if (!user) continue;
        state += user->email + user->passwordHash + "\n";
        // Ordered by id, since a request counts as activity and may change the order of the list.
        std::set<std::string> sessions;
        for (const Session& session : reader.sessions().listLive(user->id, systemClock().now()))
          sessions.insert(session.id.str() + std::to_string(session.expiresAt.time_since_epoch().count()));
        for (const std::string& session : sessions) state += session + "\n";
      }
    });
    return state;
  }

  bool isLive(const SessionId& id) {
    bool live = false;
    database.read([&](Reader& reader) {
      const auto session = reader.sessions().find(id);
      live = session && !session->endedAt;
    });
    return live;
  }

  int verify(const std::string& token) {
    return ask(port, formatRequest("GET", "/api/auth/verify", token, "")).status;
  }

 private:
  TemporaryDirectory directory_;

 public:
  store::SqliteDatabase database;

 private:
  store::MemoryCache cache_{systemClock()};
  EventHub hub_;
  Log log_{LogLevel::info, LogFormat::text, [] { return std::chrono::system_clock::time_point{}; },
           [](std::string_view) {}};
  Engine engine_{database, cache_, hub_, engineConfig()};

 public:
  Accounts accounts{engine_, {}};
  std::uint16_t port = 0;

 private:
  ApiHandler api_{engine_, accounts, hub_, apiConfig(), log_, [this] { database.probeWrite(); }};
  ConnectionServer server_{connectionLimits(), api_, log_};
};

/// A request to a route from the laptop of a user.
struct Case {
  const char* method;
  const char* path;
  const char* body;
  int status;
};

std::string requestFor(const Case& route, const std::string& email, const Person& person) {
  std::string body = route.body;
  const auto fill = [&body](std::string_view word, const std::string& value) {
    if (const auto at = body.find(word); at != std::string::npos) body.replace(at, word.size(), value);
  };
  fill("EMAIL", email);
  fill("SESSION", person.phone.session.id.str());
  fill("REFRESH", person.laptop.tokens.refreshToken);
  return formatRequest(route.method, route.path, person.laptop.tokens.accessToken, body);
}

/// "" when the state is correct after a request during which memory ran out.
std::string faultAfter(Served& served, const Person& person, Line& stream) {
  const bool laptopLives = served.isLive(person.laptop.session.id);
  const bool phoneLives = served.isLive(person.phone.session.id);
  const int laptop = served.verify(person.laptop.tokens.accessToken);
  const int phone = served.verify(person.phone.tokens.accessToken);
  // A password change also replaces the tokens of the laptop.
  if (laptop != 200 && laptopLives && phoneLives) return "the laptop's token is refused";
  if (laptop != 401 && !laptopLives) return "the laptop's session has ended, its token has not";
  if (phone != (phoneLives ? 200 : 401)) return "the phone's token does not follow its session";
  if (!phoneLives && stream.readUntil("") != Line::End::closed)
    return "the phone's stream outlives its session";
  return "";
}

}  // namespace

TEST_CASE(
    "when any allocation fails, a request is answered, gets 503, or its connection closes; the server "
    "survives") {
  const auto route = GENERATE(values<Case>({
      {"GET", "/healthz", "", 200},
      {"GET", "/readyz", "", 200},
      {"GET", "/nowhere", "", 404},
      {"GET", "/api/auth/verify", "", 200},
      {"GET", "/api/auth/me", "", 200},
      {"GET", "/api/auth/activity", "", 200},
      {"GET", "/api/sessions", "", 200},
      {"POST", "/api/auth/register", R"({"email":"new-EMAIL","password":"correct horse battery"})", 201},
      {"POST", "/api/auth/login", R"({"email":"EMAIL","password":"correct horse battery"})", 200},
      {"POST", "/api/auth/login", R"({"email":"EMAIL","password":"another long one"})", 401},
      {"POST", "/api/auth/refresh", R"({"refreshToken":"REFRESH"})", 200},
      {"POST", "/api/auth/logout", R"({"refreshToken":"REFRESH"})", 200},
      {"POST", "/api/auth/password",
       R"({"currentPassword":"correct horse battery","newPassword":"another long one"})", 200},
      {"POST", "/api/sessions/terminate", R"({"sessionId":"SESSION"})", 200},
      {"POST", "/api/sessions/terminate-others", "", 200},
  }));
  const bool forGood = GENERATE(false, true);

  Served served;
  std::uint64_t refused = 0;
  for (std::uint64_t n = 1;; ++n) {
    INFO(route.method << " " << route.path << ", allocation " << n << (forGood ? " and later" : ""));
    const std::string email = "user" + std::to_string(n) + "@example.org";
    const Person person = served.enter(email);
    const std::string request = requestFor(route, email, person);
    const std::string listen = formatRequest("GET", "/api/events", person.phone.tokens.accessToken, "");
    const std::string before = served.stateOf(email);
    Line stream(served.port);
    stream.send(listen);
    REQUIRE(stream.readUntil("SESSIONS_UPDATED") == Line::End::found);

    forGood ? allocations::failFromNth(n) : allocations::failNth(n);
    const ServedAnswer answer = ask(served.port, request);
    allocations::recover();
    const bool failed = allocations::failures() > 0;

    const bool outage = answer.status == 503 && answer.tellsWhenToRetry;
    const bool closed = answer.status == 0;
    if (!outage && !closed) REQUIRE(answer.status == route.status);
    const std::string after = served.stateOf(email);
    if (outage) REQUIRE(after == before);
    REQUIRE(faultAfter(served, person, stream) == "");
    REQUIRE(ask(served.port, formatRequest("GET", "/healthz", "", "")).status == 200);
    if (outage) {
      ++refused;
      REQUIRE(ask(served.port, request).status == route.status);
    }
    if (!failed) break;
  }
  // When no allocation succeeds there is no memory for an answer either; the short answers of the health
  // routes need none.
  const bool allocates = std::string_view(route.path).starts_with("/api") || route.status == 404;
  if (!forGood && allocates) CHECK(refused > 0);
}

}  // namespace glitch_protocol::web
