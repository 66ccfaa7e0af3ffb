// Tests of summing up repeated log events.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.h"
#include "tests/support/api_fixture.h"
#include "web/http/log.h"

namespace glitch_protocol::web {
namespace {

using namespace std::chrono_literals;

/// A log with a manual clock. *Thread-safe*, except reading its lines.
struct Written {
  explicit Written(LogFormat format = LogFormat::text)
      : log(
            LogLevel::info, format, [this] { return std::chrono::system_clock::time_point(now.load()); },
            [this](std::string_view line) { lines.emplace_back(line.substr(line.find(' ') + 1)); }) {}

  void refuse(std::string_view address, std::string_view id = "r") {
    log.writeRepeatable(LogLevel::info, "refused", address, {{"ip", address}, {"id", id}});
  }
  void pass(std::chrono::milliseconds time) {
    now.store(now.load() + time);
    log.writeDueSums();
  }
  std::vector<std::string> take() { return std::exchange(lines, {}); }

  std::atomic<std::chrono::system_clock::duration> now{std::chrono::hours{1}};
  std::vector<std::string> lines;  // without the time
  Log log;
};

using Lines = std::vector<std::string>;

/// The number of events that the line stands for.
std::uint64_t eventsOf(const std::string& line) {
  const auto at = line.find("repeated=");
  return at == std::string::npos ? 1 : std::stoull(line.substr(at + 9));
}

std::uint64_t eventsOf(const Lines& lines) {
  std::uint64_t sum = 0;
  for (const std::string& line : lines) sum += eventsOf(line);
  return sum;
}

}  // namespace

TEST_CASE(
    "of one event from one address the first is written, then one line every ten seconds while it repeats") {
  Written written;
  for (const char* id : {"1", "2", "3"}) written.refuse("203.0.113.7", id);
  CHECK(written.take() == Lines{"info refused ip=203.0.113.7 id=1\n"});
  written.pass(9'999ms);
  CHECK(written.take().empty());
  written.pass(1ms);
  CHECK(written.take() == Lines{"info refused ip=203.0.113.7 id=3 repeated=2\n"});

  written.pass(5s);
  written.refuse("203.0.113.7", "4");
  CHECK(written.take().empty());
  written.pass(5s);
  CHECK(written.take() == Lines{"info refused ip=203.0.113.7 id=4 repeated=1\n"});

  written.pass(10s);
  written.refuse("203.0.113.7", "5");
  CHECK(written.take() == Lines{"info refused ip=203.0.113.7 id=5\n"});
}

TEST_CASE("without regular calls a sum is written with the next event, and at the end") {
  Written written;
  for (const char* id : {"1", "2"}) written.refuse("203.0.113.7", id);
  written.now.store(written.now.load() + 10s);
  written.refuse("203.0.113.7", "3");
  written.refuse("203.0.113.7", "4");
  CHECK(written.take() ==
        Lines{"info refused ip=203.0.113.7 id=1\n", "info refused ip=203.0.113.7 id=3 repeated=2\n"});
  written.log.writeAllSums();
  CHECK(written.take() == Lines{"info refused ip=203.0.113.7 id=4 repeated=1\n"});
  CHECK(written.log.eventsSummedUp() == 3);
}

TEST_CASE("each event, level and address has its own sum; an IPv6 /64 is one address") {
  Written written;
  written.refuse("203.0.113.7");
  written.refuse("203.0.113.8");
  written.refuse("2001:db8:1:2::1");
  written.refuse("2001:db8:1:2:ffff::2");
  written.refuse("2001:db8:1:3::1");
  written.refuse("unix");
  written.refuse("");
  written.log.writeRepeatable(LogLevel::error, "refused", "203.0.113.7", {});
  written.log.writeRepeatable(LogLevel::info, "limited", "203.0.113.7", {});
  CHECK(written.take().size() == 8);
  written.pass(10s);
  CHECK(written.take() == Lines{"info refused ip=2001:db8:1:2:ffff::2 id=r repeated=1\n"});
}

TEST_CASE("beyond 1,024 pairs of event and address further addresses share a sum, and no event is lost") {
  Written written;
  constexpr int addresses = 5'000;
  const auto address = [](int number) {
    return "10.0." + std::to_string(number / 250) + '.' + std::to_string(number % 250);
  };
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < addresses; ++i) written.refuse(address(i));
  CHECK(written.lines.size() == 1'025);
  written.pass(10s);
  CHECK(written.lines.size() == 2 * 1'025);
  CHECK(eventsOf(written.lines) == 3 * addresses);
  std::uint64_t shared = 0;
  for (const std::string& line : written.take())
    if (line.find("addresses=several") != std::string::npos) shared += eventsOf(line);
  CHECK(shared == 3 * (addresses - 1'024) - 1);

  written.pass(10s);
  written.refuse(address(addresses));
  CHECK(written.take() == Lines{"info refused ip=" + address(addresses) + " id=r\n"});
}

TEST_CASE("entries become free without regular calls") {
  Written written;
  for (int i = 0; i < 2'000; ++i)
    written.refuse("10.1." + std::to_string(i / 250) + '.' + std::to_string(i % 250));
  written.take();
  written.now.store(written.now.load() + 10s);
  written.refuse("203.0.113.7", "1");
  written.refuse("203.0.113.7", "2");
  written.log.writeAllSums();
  CHECK(std::ranges::count(written.lines, "info refused ip=203.0.113.7 id=2 repeated=1\n") == 1);
}

TEST_CASE("all events of several threads are reported, in lines or sums") {
  Written written;
  constexpr int threads = 6;
  constexpr int each = 20'000;
  std::atomic<int> running{threads};
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t) {
    senders.emplace_back([&] {
      for (int i = 0; i < each; ++i) written.refuse("10.0.0." + std::to_string(i % 7));
      --running;
    });
  }
  while (running.load() > 0) written.pass(1s);
  for (std::thread& sender : senders) sender.join();
  written.log.writeAllSums();
  CHECK(eventsOf(written.lines) == threads * each);
  CHECK(written.log.eventsSummedUp() > 0);
}

TEST_CASE("setting the clock back delays no sum") {
  Written written;
  written.refuse("203.0.113.7", "1");
  written.refuse("203.0.113.7", "2");
  written.now.store(written.now.load() - std::chrono::minutes{30});
  written.log.writeDueSums();
  CHECK(eventsOf(written.lines) == 2);
}

TEST_CASE("a sum has the format of the log, and long values in it are cut") {
  Written written(LogFormat::json);
  written.refuse("203.0.113.7");
  written.refuse("203.0.113.7", std::string(5'000, '"'));
  CHECK(written.lines.size() == 1);
  written.log.writeAllSums();
  const std::string& sum = written.lines.back();
  CHECK(sum.size() < 700);
  CHECK(sum.ends_with(R"(\"","repeated":"1"})"
                      "\n"));
}

TEST_CASE("refusals that strangers can cause are summed up, and successes are logged one by one") {
  World world;
  world.api.rateLimits = RateLimits::off();
  Surface surface(std::move(world));
  const Visitor ada = surface.enter("ada@example.org");
  surface.logged.clear();
  constexpr int tries = 100;
  for (int i = 0; i < tries; ++i) {
    surface.send(post("/api/auth/login").json(R"({"email":"no@example.org","password":"wrong horse"})"));
    surface.send(post("/api/auth/refresh").cookie("forged"));
    surface.send(post("/api/auth/logout").cookie("forged"));
    surface.send(post("/api/auth/refresh").cookie("forged").header("Origin", "https://evil.example"));
  }
  surface.ready = false;
  for (int i = 0; i < tries; ++i) surface.send(get("/readyz"));
  std::istringstream first(surface.logged);
  std::map<std::string, int> seen;
  for (std::string time, level, event, rest; first >> time >> level >> event && std::getline(first, rest);)
    ++seen[event];
  CHECK(seen == std::map<std::string, int>{{"login_failed", 1},
                                           {"refresh_refused", 1},
                                           {"logout_refused", 1},
                                           {"origin_refused", 1},
                                           {"not_ready", 1}});
  surface.logged.clear();
  for (int i = 0; i < 3; ++i) surface.signIn("ada@example.org");
  CHECK(std::ranges::count(surface.logged, '\n') == 3);
}

}  // namespace glitch_protocol::web
