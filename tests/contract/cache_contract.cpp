// What every cache must do.
#include "tests/contract/contract.h"

#include <atomic>
#include <chrono>
#include <string>

#include "tests/catch.h"
#include "tests/support/waiting.h"

namespace glitch_protocol::contract {

using namespace std::chrono_literals;

void cacheIsNeverWrong(const MakeCache& make) {
  ManualClock clock;
  const auto cache = make(clock);

  SECTION("a key that was never set is not found") {
    CHECK_FALSE(cache->get("key"));
  }
  SECTION("a removed key is not found") {
    for (const char* key : {"a", "b", "c"}) cache->set(key, "value", 1h);
    cache->remove("a");
    cache->removeMany({"b", "c", "never set"});
    for (const char* key : {"a", "b", "c"}) {
      CAPTURE(key);
      CHECK_FALSE(cache->get(key));
    }
  }
  SECTION("an expired value is not found") {
    cache->set("key", "value", 1000ms);
    clock.advance(1000ms);
    CHECK_FALSE(cache->get("key"));
  }
  SECTION("a value of any size is found complete or not at all") {
    std::string value;
    for (std::size_t size = 1; size <= std::size_t{8} << 20; size *= 4) {
      CAPTURE(size);
      while (value.size() < size) value += static_cast<char>(value.size() % 251);
      cache->set("key", value, 1h);
      const auto found = cache->get("key");
      CHECK((!found || *found == value));
    }
  }
  SECTION("a replaced value is not found again") {
    cache->set("key", "old", 1h);
    cache->set("key", "new", 1h);
    CHECK(cache->get("key") != std::optional<std::string>("old"));
  }
  SECTION("a lock that nobody holds is granted") {
    CHECK(cache->acquireLock("cleanup", 1min));
    cache->releaseLock("cleanup");
    CHECK(cache->acquireLock("cleanup", 1min));
    clock.advance(1min);
    CHECK(cache->acquireLock("cleanup", 1min));
  }
  SECTION("with 8 threads, no key ever has another key's value") {
    std::atomic<int> wrong{0};
    atOnce(8, [&](std::size_t number) {
      for (std::size_t i = 0; i < 500; ++i) {
        const std::string key = std::to_string((number + i) % 10);
        cache->set(key, "value of " + key, 1h);
        const auto value = cache->get(key);
        if (value && *value != "value of " + key) ++wrong;
        if (i % 7 == 0) cache->remove(key);
      }
    });
    CHECK(wrong == 0);
  }
}

void cacheRemembers(const MakeCache& make) {
  ManualClock clock;
  const auto cache = make(clock);
  CHECK(cache->isAvailable());

  SECTION("a value is found until it expires") {
    cache->set("key", "value", 1000ms);
    clock.advance(999ms);
    CHECK(cache->get("key") == "value");
    CHECK_FALSE(cache->get("ke"));
    CHECK_FALSE(cache->get("key2"));
  }
  SECTION("setting a key again replaces the value and the lifetime") {
    cache->set("key", "old", 1000ms);
    cache->set("key", "new", 5000ms);
    clock.advance(4999ms);
    CHECK(cache->get("key") == "new");
    cache->set("key", "newer", 10ms);
    clock.advance(10ms);
    CHECK_FALSE(cache->get("key"));
  }
  SECTION("jumps of the wall clock neither shorten nor prolong a lifetime") {
    cache->set("key", "value", 1000ms);
    clock.jumpTo(clock.now() + 24h * 3650);
    CHECK(cache->get("key") == "value");
    clock.jumpTo(clock.now() - 24h * 7300);
    clock.advance(1000ms);
    CHECK_FALSE(cache->get("key"));
  }
  SECTION("keys and values may be any bytes, also none") {
    const std::string bytes("a\0\xFF", 3);
    cache->set(bytes, bytes, 1h);
    cache->set("", "", 1h);
    CHECK(cache->get(bytes) == bytes);
    CHECK(cache->get("") == "");
  }
  SECTION("the longest possible lifetime does not expire at once") {
    cache->set("key", "value", std::chrono::milliseconds::max());
    clock.advance(24h * 365);
    CHECK(cache->get("key") == "value");
  }
  SECTION("values as large as the engine's largest, 100,000 bytes, are kept") {
    const std::string value(100'000, 'x');
    cache->set("key", value, 1h);
    CHECK(cache->get("key") == value);
  }
  SECTION("removing a key keeps the others") {
    cache->set("a", "1", 1h);
    cache->set("b", "2", 1h);
    cache->remove("a");
    CHECK(cache->get("b") == "2");
  }
}

}  // namespace glitch_protocol::contract
