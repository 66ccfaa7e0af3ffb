// Tests the limits of the memory cache, and which entries it evicts.
#include "store/memory_cache.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>

#include "tests/catch.h"

namespace glitch_protocol::store {

using namespace std::chrono_literals;

TEST_CASE("a memory cache keeps at most its max number of entries, even after a million keys") {
  ManualClock clock;
  MemoryCache cache(clock, {.entries = 10'000});
  for (int i = 0; i < 1'000'000; ++i) cache.set("key " + std::to_string(i), "value", 1h);
  CHECK(cache.size() <= 10'000);
  CHECK(cache.size() > 9'000);
  CHECK(cache.get("key 999999") == "value");
  CHECK_FALSE(cache.get("key 0"));
}

TEST_CASE("a memory cache keeps at most 100,000 entries by default") {
  ManualClock clock;
  MemoryCache cache(clock);
  for (int i = 0; i < 200'000; ++i) cache.set(std::to_string(i), "", 1h);
  CHECK(cache.size() <= 100'000);
}

TEST_CASE("a full memory cache evicts the least recently used entry") {
  ManualClock clock;
  MemoryCache cache(clock, {.entries = 3, .shards = 1});
  for (const char* key : {"a", "b", "c"}) cache.set(key, key, 1h);
  CHECK(cache.get("a") == "a");
  cache.set("d", "d", 1h);
  CHECK_FALSE(cache.get("b"));
  for (const char* key : {"a", "c", "d"}) {
    CAPTURE(key);
    CHECK(cache.get(key) == key);
  }
}

TEST_CASE("a full memory cache evicts an expired entry before a live one") {
  ManualClock clock;
  MemoryCache cache(clock, {.entries = 3, .shards = 1});
  cache.set("live and unused", "", 1h);
  cache.set("expired", "", 10ms);
  cache.set("live", "", 1h);
  clock.advance(10ms);
  cache.set("new", "", 1h);
  for (const char* key : {"live and unused", "live", "new"}) {
    CAPTURE(key);
    CHECK(cache.get(key));
  }
  CHECK(cache.size() == 3);
}

TEST_CASE("replacing a value in a full memory cache evicts no other entry") {
  ManualClock clock;
  MemoryCache cache(clock, {.entries = 2, .shards = 1});
  cache.set("a", "1", 1h);
  cache.set("b", "1", 1h);
  cache.set("b", "2", 1h);
  CHECK(cache.get("a") == "1");
  CHECK(cache.get("b") == "2");
}

TEST_CASE("setting a value with a lifetime of zero stores nothing and removes the old value") {
  ManualClock clock;
  MemoryCache cache(clock);
  cache.set("key", "old", 1h);
  cache.set("key", "new", 0ms);
  CHECK_FALSE(cache.get("key"));
}

TEST_CASE("a memory cache keeps at most its max number of bytes, whatever the sizes of its entries") {
  ManualClock clock;
  MemoryCache cache(clock, {.bytes = 1 << 20, .shards = 4});
  std::size_t most = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t size = static_cast<std::size_t>(i) * 7919 % 40'000;
    cache.set("key " + std::to_string(i % 3'000), std::string(size, 'x'), 1h);
    if (i % 5 == 0) cache.remove("key " + std::to_string(i % 1'000));
    most = std::max(most, cache.bytes());
  }
  CHECK(most <= 1 << 20);
  CHECK(most > 900'000);
  cache.clear();
  CHECK(cache.bytes() == 0);
}

TEST_CASE(
    "the bytes of a memory cache are those of its current keys and values, and of the bookkeeping for them") {
  ManualClock clock;
  MemoryCache cache(clock);
  cache.set("key", "value", 1h);
  const std::size_t one = cache.bytes();
  CHECK(one > 8);
  cache.set("key", "longer value", 1h);
  CHECK(cache.bytes() == one + 7);
  cache.set("another", "value", 10ms);
  CHECK(cache.bytes() == 2 * one + 7 + 4);
  clock.advance(10ms);
  CHECK_FALSE(cache.get("another"));
  cache.remove("key");
  CHECK(cache.bytes() == 0);
}

TEST_CASE("a memory cache keeps at most 64 MiB by default") {
  ManualClock clock;
  MemoryCache cache(clock);
  const std::string value(500'000, 'x');
  for (int i = 0; i < 300; ++i) cache.set(std::to_string(i), value, 1h);
  CHECK(cache.bytes() <= 64 << 20);
  CHECK(cache.bytes() > 50 << 20);
}

TEST_CASE(
    "an entry that takes more than a quarter of its shard is not kept, and the value that it replaces is "
    "removed") {
  ManualClock clock;
  MemoryCache cache(clock, {.bytes = 40'000, .shards = 1});
  cache.set("other", "small", 1h);
  cache.set("key", "small", 1h);
  cache.set("key", std::string(10'000, 'x'), 1h);
  CHECK_FALSE(cache.get("key"));
  CHECK(cache.get("other") == "small");
  cache.set("key", std::string(9'000, 'x'), 1h);
  CHECK(cache.get("key")->size() == 9'000);
}

TEST_CASE("a memory cache with a limit of 0 bytes keeps nothing") {
  ManualClock clock;
  MemoryCache cache(clock, {.bytes = 0});
  cache.set("key", "", 1h);
  CHECK(cache.size() == 0);
}

TEST_CASE("a memory cache grants every lock") {
  ManualClock clock;
  MemoryCache cache(clock);
  CHECK(cache.acquireLock("cleanup", 1min));
  CHECK(cache.acquireLock("cleanup", 1min));
  cache.releaseLock("cleanup");
  CHECK(cache.isAvailable());
}

TEST_CASE("a memory cache with a limit of one entry keeps the latest") {
  ManualClock clock;
  MemoryCache cache(clock, {.entries = 1});
  cache.set("a", "1", 1h);
  cache.set("b", "2", 1h);
  CHECK(cache.size() == 1);
  CHECK(cache.get("b") == "2");
}

TEST_CASE("a cleared memory cache is empty and keeps new entries") {
  ManualClock clock;
  MemoryCache cache(clock);
  for (int i = 0; i < 100; ++i) cache.set("key" + std::to_string(i), "old", 1h);
  cache.clear();
  CHECK(cache.size() == 0);
  CHECK_FALSE(cache.get("key7"));
  cache.set("key7", "new", 1h);
  CHECK(cache.get("key7") == "new");
}

}  // namespace glitch_protocol::store
