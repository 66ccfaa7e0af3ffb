// Tests of the readiness check: at most one probe a second, however many callers there are.
#include "web/api/readiness.h"

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "engine/errors.h"
#include "engine/patience.h"
#include "tests/support/api_fixture.h"
#include "tests/support/waiting.h"

namespace glitch_protocol::web {

namespace {

using namespace std::chrono_literals;

/// A readiness check on a store that fails on demand.
struct Checked {
  ManualClock clock;
  std::string logged;
  Log log{LogLevel::info, LogFormat::text, [] { return std::chrono::system_clock::time_point{}; },
          [this](std::string_view line) { logged += line; }};
  std::atomic<int> probes{0};
  std::atomic<bool> broken{false};
  std::function<void()> during = [] {};
  ReadinessCheck check{[this] {
                         ++probes;
                         during();
                         if (broken) throw StoreError("the disk is full");
                       },
                       clock, log};

  Readiness find() { return check.find("0123456789abcdef"); }
};

/// How many of these parallel calls found the store ready.
int findInParallel(Checked& checked, std::size_t calls) {
  std::atomic<int> ready{0};
  atOnce(calls, [&](std::size_t) { ready += checked.find() == Readiness::ready ? 1 : 0; });
  return ready;
}

}  // namespace

TEST_CASE("the store is probed once a second, however many callers ask at once") {
  Checked checked;
  CHECK(findInParallel(checked, 64) == 64);
  CHECK(checked.probes == 1);
  checked.clock.advance(999ms);
  CHECK(findInParallel(checked, 64) == 64);
  CHECK(checked.probes == 1);
  checked.clock.advance(1ms);
  CHECK(findInParallel(checked, 64) == 64);
  CHECK(checked.probes == 2);
}

TEST_CASE("callers during a probe share its result, and the next probe starts a second after its end") {
  Checked checked;
  std::promise<void> begun;
  Gate gate;
  checked.broken = true;
  checked.during = [&] {
    begun.set_value();
    gate.pass();
  };
  std::thread first([&] { checked.find(); });
  valueOf(begun.get_future());
  std::thread others([&] { CHECK(findInParallel(checked, 16) == 0); });
  CHECK_FALSE(checked.check.isFresh());
  checked.clock.advance(5s);
  gate.open();
  first.join();
  others.join();
  CHECK(checked.probes == 1);
  checked.clock.advance(999ms);
  CHECK(checked.find() == Readiness::notReady);
  CHECK(checked.probes == 1);
}

TEST_CASE("an outage and its end are detected within a second, and each failed probe is logged in one line") {
  Checked checked;
  CHECK(checked.check.latest() == Readiness::notReady);
  CHECK(checked.find() == Readiness::ready);
  checked.broken = true;
  checked.clock.advance(1s);
  CHECK(checked.check.latest() == Readiness::ready);
  CHECK_FALSE(checked.check.isFresh());
  for (int i = 0; i < 100; ++i) {
    CAPTURE(i);
    CHECK(checked.find() == Readiness::notReady);
  }
  CHECK(checked.check.isFresh());
  CHECK(std::ranges::count(checked.logged, '\n') == 1);
  checked.broken = false;
  checked.clock.advance(1s);
  CHECK(checked.find() == Readiness::ready);
  CHECK(checked.probes == 3);
}

TEST_CASE("a probe has its full patience, however long the request that triggered it has waited") {
  Checked checked;
  std::optional<std::chrono::steady_clock::time_point> since;
  checked.during = [&] { since = arrivalInHand(); };
  const auto now = std::chrono::steady_clock::now();
  const ArrivalScope scope(now - 1h);
  checked.find();
  REQUIRE(since);
  CHECK(*since >= now);
}

TEST_CASE("a call to /readyz waits for a thread only when a probe is due") {
  Surface surface;
  int probes = 0;
  surface.probe = [&] { ++probes; };
  const auto waits = [&] {
    Answer response;
    Exchange exchange;
    surface.api.handle(get("/readyz").request(), response, exchange);
    CHECK((exchange.queueing || response.status == 200));
    return exchange.queueing.has_value();
  };
  CHECK(waits());
  CHECK(probes == 0);
  for (int i = 0; i < 100; ++i) {
    CAPTURE(i);
    CHECK(surface.send(get("/readyz")).status() == 200);
  }
  CHECK(probes == 1);
  CHECK_FALSE(waits());
  surface.clock.advance(1s);
  CHECK(waits());
  CHECK(probes == 1);
}

}  // namespace glitch_protocol::web
