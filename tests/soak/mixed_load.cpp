// Runs all kinds of requests at once in one process, under a sanitizer: clients sign in, rotate, list, sign out and end
// each other's sessions; event streams open and close; passwords change; metrics are read; cleanup runs every 10 ms
// while the clock runs 6,000 times as fast, so that tokens and sessions expire and are purged continuously.
//
//   mixed_load [SECONDS]     (60)
//
// Prints the number of each kind of answer and event. Exit code 1 if a client got an unexpected answer, if a required
// kind is missing, or if the server did not stop cleanly.
#include <poll.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "engine/accounts.h"
#include "engine/clock.h"
#include "engine/engine.h"
#include "store/memory_cache.h"
#include "store/sqlite_database.h"
#include "tests/bench/http_client.h"
#include "tests/support/temporary_directory.h"
#include "web/api/api_handler.h"
#include "web/api/event_hub.h"
#include "web/connection/server.h"
#include "web/http/log.h"
#include "web/metrics/metrics.h"
#include "web/metrics/readings.h"

namespace glitch_protocol {
namespace {

using namespace std::chrono_literals;

constexpr int users = 4;
// A user has one of these two: clients change it back and forth.
constexpr std::string_view password = "correct horse battery";
constexpr std::string_view otherPassword = "incorrect horse battery";

std::string emailOf(int user) {
  return "user" + std::to_string(user) + "@example.org";
}

EngineConfig engineConfig() {
  EngineConfig config;
  config.jwtSecret = Secret("q7Zt3mVb9XcLw2RfKd8sNp5yHgJu6eTa4oWi1kQxBvM");
  config.bcryptRounds = 4;
  config.hooks.hashingStrength = HashingStrength::forTests;
  config.accessTokenExpiryMinutes = 120min;
  config.refreshTokenExpiryDays = std::chrono::days(1);
  config.endedSessionRetentionDays = std::chrono::days(1);
  config.auditRetentionDays = std::chrono::days(1);
  config.maxSessionsPerUser = 8;
  config.recordingDelay = 5ms;
  return config;
}

/// Each client sends an address of its own.
web::ApiConfig apiConfig() {
  web::ApiConfig config;
  config.trustedProxies = {"127.0.0.1"};
  config.maxStreamsPerUser = 6;
  config.rateLimits = web::RateLimits::off();
  return config;
}

/// The server as main.cpp builds it, with a manual clock.
class Served {
 public:
  explicit Served(const std::string& file)
      : log_(web::LogLevel::error, web::LogFormat::text, [] { return std::chrono::system_clock::now(); }),
        database_(storeOptions(file)),
        cache_(clock),
        engine(database_, cache_, hub_, engineConfig(), clock),
        accounts(engine, {}),
        api_(
            engine, accounts, hub_, apiConfig(), log_, [this] { database_.probeWrite(); }, &metrics),
        server({}, api_, log_) {
    web::addReadings(metrics, engine, server);
    web::addLogReadings(metrics, log_);
    server.listen("127.0.0.1:0");
    server.start();
    engine.startCleanupJob(10ms);
  }

  std::uint16_t port() const {
    const std::string address = server.addresses().front();
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }

 private:
  store::SqliteOptions storeOptions(const std::string& file) {
    store::SqliteOptions options;
    options.path = file;
    options.checkpointPages = 64;
    options.onCommit = [this](std::size_t writes, std::chrono::nanoseconds took) {
      metrics.committed(writes, took);
    };
    return options;
  }

 public:
  web::Metrics metrics;
  ManualClock clock;

 private:
  web::Log log_;
  store::SqliteDatabase database_;
  store::MemoryCache cache_;
  web::EventHub hub_;

 public:
  Engine engine;
  Accounts accounts;

 private:
  web::ApiHandler api_;

 public:
  web::ConnectionServer server;
};

/// Counts each kind of answer and event. *Thread-safe.*
class Tally {
 public:
  void count(const std::string& what, std::uint64_t times = 1) {
    const std::lock_guard lock(mutex_);
    counts_[what] += times;
  }
  std::uint64_t of(const std::string& what) const {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(what);
    return found == counts_.end() ? 0 : found->second;
  }
  bool hasFault() const {
    const std::lock_guard lock(mutex_);
    const auto fault = counts_.lower_bound("FAULT");
    return fault != counts_.end() && fault->first.starts_with("FAULT");
  }
  void print() const {
    const std::lock_guard lock(mutex_);
    for (const auto& [what, times] : counts_) std::cout << times << '\t' << what << '\n';
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> counts_;
};

struct Answer {
  int status = 0;  ///< 0: the connection ended instead
  std::string text;

  /// The first string member of that name in the body; "" if there is none.
  std::string value(std::string_view name) const {
    const std::string mark = '"' + std::string(name) + "\":\"";
    const std::size_t begin = text.find(mark);
    if (begin == std::string::npos) return {};
    return text.substr(begin + mark.size(), text.find('"', begin + mark.size()) - begin - mark.size());
  }
};

/// One keep-alive connection. *One thread at a time.*
class Client {
 public:
  Client(std::uint16_t port, Tally& tally) : socket_(port), tally_(tally) {}

  Answer get(const std::string& path, const std::string& token) {
    say(path, token);
    return expectKnown("GET " + path, answer());
  }
  Answer post(const std::string& path, const std::string& token, const std::string& body) {
    socket_.send(bench::formatPost(path, token, body));
    return expectKnown("POST " + path, answer());
  }
  void say(const std::string& path, const std::string& token) {
    socket_.send("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token +
                 "\r\n\r\n");
  }
  /// Reads more from the server; false if it has closed the connection or is silent for too long.
  bool hear(std::chrono::milliseconds patience) {
    pollfd waiting{socket_.descriptor(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return false;
    return socket_.receive(received_) == bench::ClientSocket::State::open;
  }
  const std::string& received() const { return received_; }

 private:
  Answer answer() {
    for (;;) {
      const bench::AnswerFrame frame = bench::frameAnswer(received_);
      if (frame.length > 0) {
        Answer answer{frame.status, received_.substr(0, frame.length)};
        received_.erase(0, frame.length);
        return answer;
      }
      if (!hear(20s)) return {};
    }
  }

  /// A client may get refusals and overload, but no internal error.
  Answer expectKnown(const std::string& what, Answer answer) {
    static const std::set<int> known{200, 201, 401, 404, 409, 422, 429, 503};
    tally_.count(what + ' ' + std::to_string(answer.status));
    if (!known.contains(answer.status)) tally_.count("FAULT " + what + ": " + answer.text.substr(0, 400));
    return answer;
  }

  bench::ClientSocket socket_;
  Tally& tally_;
  std::string received_;
};

std::string json(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  std::string text = "{";
  for (const auto& [name, value] : members) {
    if (text.size() > 1) text += ',';
    text.append("\"").append(name).append("\":\"").append(value).append("\"");
  }
  return text + '}';
}

/// The state that all clients share.
struct Scene {
  Served& served;
  Tally& tally;
  std::atomic<bool> over{false};
};

Answer signIn(Client& client, int user) {
  Answer answer;
  for (const std::string_view tried : {password, otherPassword}) {
    answer = client.post("/api/auth/login", "",
                         json({{"email", emailOf(user)}, {"password", tried}, {"delivery", "body"}}));
    if (answer.status == 200) break;
  }
  return answer;
}

/// Changes to the other password; the session continues with the tokens of the answer.
Answer changePassword(Client& client, const std::string& access) {
  const auto change = [&](std::string_view from, std::string_view to) {
    return client.post("/api/auth/password", access,
                       json({{"currentPassword", from}, {"newPassword", to}, {"delivery", "body"}}));
  };
  const Answer answer = change(password, otherPassword);
  return answer.status == 422 ? change(otherPassword, password) : answer;
}

/// One device from sign-in to the end of its session.
void liveOnce(Scene& scene, std::mt19937& random) {
  Client client(scene.served.port(), scene.tally);
  const int user = static_cast<int>(random() % users);
  Answer answer = signIn(client, user);
  if (answer.status != 200) return;
  std::string access = answer.value("accessToken");
  std::string refresh = answer.value("refreshToken");
  const std::string first = refresh;
  for (unsigned step = 0; step < 10 && !scene.over; ++step) {
    if (client.get("/api/auth/verify", access).status == 0) return;
    switch (random() % 12) {
      case 0:
        client.get("/api/sessions", access);
        break;
      case 1:
        client.get("/api/auth/activity", access);
        break;
      case 2:
        client.post("/api/sessions/terminate", access,
                    json({{"sessionId", client.get("/api/sessions", access).value("id")}}));
        break;
      case 3:
        if (random() % 4 == 0) client.post("/api/sessions/terminate-others", access, "{}");
        break;
      case 4:
        if (random() % 8 != 0) break;
        answer = changePassword(client, access);
        if (answer.status == 200) {
          access = answer.value("accessToken");
          refresh = answer.value("refreshToken");
        }
        break;
      case 5:  // reuse, which ends all sessions of the user
        if (random() % 16 == 0) client.post("/api/auth/refresh", "", json({{"refreshToken", first}}));
        break;
      default:
        answer = client.post("/api/auth/refresh", "", json({{"refreshToken", refresh}}));
        if (answer.status != 200) return;
        access = answer.value("accessToken");
        refresh = answer.value("refreshToken");
    }
  }
  if (random() % 2 == 0) client.post("/api/auth/logout", access, "{}");
}

/// Keeps a stream open for a while, and closes it unless its session ends first.
void listenOnce(Scene& scene, std::mt19937& random) {
  Client client(scene.served.port(), scene.tally);
  const Answer answer = signIn(client, static_cast<int>(random() % users));
  if (answer.status != 200) return;
  client.say("/api/events", answer.value("accessToken"));
  const auto leaving = std::chrono::steady_clock::now() + std::chrono::milliseconds(random() % 500);
  bool told = false;
  while (!scene.over && !told && std::chrono::steady_clock::now() < leaving) {
    if (!client.hear(50ms) && client.received().empty()) continue;
    told = client.received().find("event: SESSION_TERMINATED\n") != std::string::npos;
  }
  const bool opened = client.received().find("event: CONNECTED\n") != std::string::npos;
  scene.tally.count(opened ? "event stream opened" : "event stream refused");
  if (told) scene.tally.count("event stream told of its end");
}

/// Repeats `step` until the end of the run. Reconnects when the server has closed the connection.
std::thread repeat(Scene& scene, unsigned seed, std::function<void(Scene&, std::mt19937&)> step) {
  return std::thread([&scene, seed, step = std::move(step)] {
    std::mt19937 random(seed);
    while (!scene.over) {
      try {
        step(scene, random);
      } catch (const std::system_error& broken) {
        scene.tally.count(std::string("connection broken: ") + broken.what());
      }
    }
  });
}

void turnTheClock(Scene& scene, std::mt19937&) {
  std::this_thread::sleep_for(10ms);
  scene.served.clock.advance(1min);
}

void readMetrics(Scene& scene, std::mt19937&) {
  std::this_thread::sleep_for(20ms);
  if (scene.served.metrics.text().empty()) scene.tally.count("FAULT metrics without text");
}

/// The effect of a command that runs beside the server.
void noticeOutsideChanges(Scene& scene, std::mt19937&) {
  std::this_thread::sleep_for(50ms);
  scene.served.engine.acceptExternalChanges({});
}

void load(Scene& scene, std::chrono::seconds duration) {
  std::vector<std::thread> threads;
  unsigned seed = 1;
  for (int i = 0; i < 8; ++i) threads.push_back(repeat(scene, seed++, liveOnce));
  for (int i = 0; i < 4; ++i) threads.push_back(repeat(scene, seed++, listenOnce));
  threads.push_back(repeat(scene, seed++, turnTheClock));
  threads.push_back(repeat(scene, seed++, readMetrics));
  threads.push_back(repeat(scene, seed++, noticeOutsideChanges));
  std::this_thread::sleep_for(duration);
  scene.over = true;
  for (std::thread& thread : threads) thread.join();
}

int exitCode(const Tally& tally, bool stoppedCleanly) {
  int code = stoppedCleanly && !tally.hasFault() ? 0 : 1;
  if (!stoppedCleanly) std::cout << "FAIL  the server did not stop cleanly\n";
  for (const char* what :
       {"POST /api/auth/login 200", "POST /api/auth/refresh 200", "POST /api/auth/refresh 401",
        "POST /api/auth/logout 200", "POST /api/sessions/terminate 200",
        "POST /api/sessions/terminate-others 200", "POST /api/auth/password 200", "GET /api/auth/verify 200",
        "GET /api/auth/verify 401", "event stream opened", "event stream told of its end"}) {
    if (tally.of(what) > 0) continue;
    std::cout << "FAIL  never: " << what << '\n';
    code = 1;
  }
  return code;
}

int run(std::chrono::seconds duration) {
  const TemporaryDirectory directory;
  Tally tally;
  Served served(directory.file("auth.db"));
  for (int user = 0; user < users; ++user)
    served.accounts.addUser({emailOf(user), std::string(password), "User"});
  Scene scene{served, tally};
  load(scene, duration);
  const auto begin = std::chrono::steady_clock::now();
  served.server.stop(9s);
  served.engine.stopCleanupJob();
  served.engine.flushRecords();
  const bool stopped = std::chrono::steady_clock::now() - begin < 10s && served.server.openConnections() == 0;
  tally.print();
  return exitCode(tally, stopped);
}

}  // namespace
}  // namespace glitch_protocol

int main(int argc, char** argv) {
  return glitch_protocol::run(std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 60));
}
