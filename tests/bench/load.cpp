// Sends requests on several connections, and reports the number of answers per second and their latency.
//
//   load repeat  PORT CONNECTIONS SECONDS RATE < requests   complete HTTP requests, separated by NUL;
//                                                           connection i repeats number i modulo their count
//   load refresh PORT CONNECTIONS SECONDS RATE < tokens     a refresh token per line, one for each connection;
//                                                           the token of each answer is used in the next request
//
// With RATE 0 a connection sends its next request when the answer to the previous one has arrived. Otherwise RATE
// requests per second become due at even intervals, whether or not the server keeps up; the latency of each counts from
// the time when it was due. The loader then runs at real-time priority, because it represents other machines, whose
// sending does not wait for a core of the server. It prints one line of JSON at the end, with times in microseconds. A
// lost connection ends it with exit code 1.
#include <sched.h>
#include <sys/epoll.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/bench/http_client.h"

namespace glitch_protocol::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using namespace std::chrono_literals;

constexpr auto warmUp = 200ms;    // answers during this time are not counted
constexpr auto spinTime = 100us;  // how long the loader polls after an answer before it sleeps

/// The requests of one connection.
class Script {
 public:
  virtual ~Script() = default;
  virtual std::string_view next() = 0;
  virtual void answered(std::string_view answer) = 0;
};

class Repeat final : public Script {
 public:
  explicit Repeat(std::string request) : request_(std::move(request)) {}
  std::string_view next() override { return request_; }
  void answered(std::string_view) override {}

 private:
  const std::string request_;
};

class Refresh final : public Script {
 public:
  explicit Refresh(std::string token) : token_(std::move(token)) {}

  std::string_view next() override {
    request_ = formatPost("/api/auth/refresh", "", R"({"refreshToken":")" + token_ + R"("})");
    return request_;
  }

  void answered(std::string_view answer) override {
    constexpr std::string_view field = R"("refreshToken":")";
    const std::size_t at = answer.find(field);
    if (at == std::string_view::npos) return;
    const std::size_t begin = at + field.size();
    token_ = answer.substr(begin, answer.find('"', begin) - begin);
  }

 private:
  std::string token_;
  std::string request_;
};

struct Options {
  std::uint16_t port = 0;
  std::size_t connections = 0;
  Clock::duration time{};
  double rate = 0;  // requests per second; 0: as fast as answers arrive
};

struct Client {
  ClientSocket socket;
  std::unique_ptr<Script> script;
  std::string received;
  Time due{};
};

/// *One thread at a time.*
class Load {
 public:
  Load(const Options& options, std::vector<std::unique_ptr<Script>> scripts);
  void run();
  void report(std::ostream& out);

 private:
  bool isPaced() const { return options_.rate > 0; }
  void start(Client& client, Time due);
  void startDue(Time now);
  void hear(Client& client);
  void count(const Client& client, int status, Time now);
  void waitForAnswers(Time end);

  // constant after construction
  const Options options_;
  const int epoll_;

  std::vector<Client> clients_;
  std::vector<Client*> idle_;
  Time counted_{};  // answers count from this time on
  Time nextDue_{};
  Time heard_{};
  std::vector<std::uint32_t> microseconds_;
  std::size_t failures_ = 0;
};

Load::Load(const Options& options, std::vector<std::unique_ptr<Script>> scripts)
    : options_(options), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  clients_.reserve(options.connections);
  for (auto& script : scripts) {
    clients_.push_back({ClientSocket(options.port), std::move(script), {}, {}});
    Client& client = clients_.back();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &client;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.socket.descriptor(), &event);
    idle_.push_back(&client);
  }
}

void Load::run() {
  const Time begin = Clock::now();
  counted_ = begin + warmUp;
  nextDue_ = begin;
  const Time end = counted_ + options_.time;
  if (!isPaced()) {
    for (Client& client : clients_) start(client, Clock::now());
  }
  for (Time now = begin; now < end; now = Clock::now()) {
    if (isPaced()) startDue(now);
    waitForAnswers(end);
  }
}

void Load::start(Client& client, Time due) {
  client.due = due;
  client.socket.send(client.script->next());
}

/// If all connections are busy, a due request waits for one while its latency already counts.
void Load::startDue(Time now) {
  const auto interval =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / options_.rate));
  while (nextDue_ <= now && !idle_.empty()) {
    Client* client = idle_.back();
    idle_.pop_back();
    start(*client, nextDue_);
    nextDue_ += interval;
  }
}

/// Without a rate, polls instead of sleeping while answers keep arriving: otherwise the server's core would spend time
/// on waking the loader, and more of it for a slower server.
void Load::waitForAnswers(Time end) {
  const Time now = Clock::now();
  const Time until = isPaced() && !idle_.empty() ? std::min(nextDue_, end) : end;
  const bool spins = !isPaced() && now - heard_ < spinTime;
  const auto wait = spins ? 0ns : std::max<std::chrono::nanoseconds>(0ns, until - now);
  const timespec timeout{.tv_sec = wait / 1s, .tv_nsec = (wait % 1s).count()};
  std::array<epoll_event, 64> events;
  const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  if (count > 0) heard_ = Clock::now();
  for (int i = 0; i < count; ++i) hear(*static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr));
}

void Load::hear(Client& client) {
  if (client.socket.receive(client.received) == ClientSocket::State::ended)
    throw std::runtime_error("the server closed a connection");
  const AnswerFrame answer = frameAnswer(client.received);
  if (answer.length == 0) return;
  const Time now = Clock::now();
  count(client, answer.status, now);
  client.script->answered(client.received);
  client.received.erase(0, answer.length);
  if (isPaced()) {
    idle_.push_back(&client);
  } else {
    start(client, now);
  }
}

void Load::count(const Client& client, int status, Time now) {
  if (now < counted_) return;
  if (status != 200) {
    ++failures_;
    return;
  }
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - client.due);
  microseconds_.push_back(static_cast<std::uint32_t>(took.count()));
}

void Load::report(std::ostream& out) {
  std::ranges::sort(microseconds_);
  const auto percentile = [&](std::size_t percent) {
    return microseconds_.empty() ? 0 : microseconds_[(microseconds_.size() - 1) * percent / 100];
  };
  const double seconds = std::chrono::duration<double>(options_.time).count();
  out << R"({"perSecond":)" << static_cast<double>(microseconds_.size()) / seconds  //
      << R"(,"p50":)" << percentile(50) << R"(,"p99":)" << percentile(99)           //
      << R"(,"failures":)" << failures_ << "}\n";
}

std::vector<std::unique_ptr<Script>> readScripts(std::string_view mode, std::size_t connections) {
  const char separator = mode == "refresh" ? '\n' : '\0';
  std::vector<std::string> parts;
  for (std::string part; std::getline(std::cin, part, separator);) parts.push_back(part);
  if (parts.empty() || (mode == "refresh" && parts.size() < connections))
    throw std::runtime_error("standard input contains too few requests or tokens");
  std::vector<std::unique_ptr<Script>> scripts;
  for (std::size_t i = 0; i < connections; ++i) {
    const std::string& part = parts[i % parts.size()];
    if (mode == "refresh") {
      scripts.push_back(std::make_unique<Refresh>(part));
    } else {
      scripts.push_back(std::make_unique<Repeat>(part));
    }
  }
  return scripts;
}

/// Sets real-time priority. Only for a loader that sleeps, since otherwise no other process would run.
void runBeforeOthers() {
  const sched_param lowest{.sched_priority = 1};
  if (::sched_setscheduler(0, SCHED_FIFO, &lowest) != 0)
    std::cerr
        << "load: SCHED_FIFO is not permitted; the latencies include the loader's own wait for a core\n";
}

}  // namespace
}  // namespace glitch_protocol::bench

int main(int argc, char** argv) {
  using namespace glitch_protocol::bench;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 5) {
    std::cerr << "usage: load repeat|refresh PORT CONNECTIONS SECONDS RATE\n";
    return 2;
  }
  try {
    const std::chrono::duration<double> seconds(std::stod(arguments[3]));
    const Options options{.port = static_cast<std::uint16_t>(std::stoul(arguments[1])),
                          .connections = std::stoul(arguments[2]),
                          .time = std::chrono::duration_cast<Clock::duration>(seconds),
                          .rate = std::stod(arguments[4])};
    Load load(options, readScripts(arguments[0], options.connections));
    if (options.rate > 0) runBeforeOthers();
    load.run();
    load.report(std::cout);
  } catch (const std::exception& failure) {
    std::cerr << "load: " << failure.what() << '\n';
    return 1;
  }
}
