// Tests of the warnings about a large write-ahead log.
#include "web/serve/wal_watch.h"

#include <chrono>
#include <string>
#include <string_view>

#include "tests/catch.h"

namespace glitch_protocol::web {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;

/// A write-ahead log of 0 bytes, at second 100.
struct Wal {
  WalWatch::Size size;
  WalWatch::Time now{100s};
  int restarts = 0;
  std::string lines;
  Log log{LogLevel::info, LogFormat::text, [] { return std::chrono::system_clock::time_point{}; },
          [this](std::string_view line) { lines += line; }};
  WalWatch watch{
      {[this] { return size; }, [this] { ++restarts; }, [this] { return now; }}, 16 * mebibyte, log};

  /// Returns what poll() logs when the log has this size: event and size, "" for nothing.
  std::string said(std::uint64_t bytes) {
    size.bytes = bytes;
    lines.clear();
    watch.poll();
    const auto begin = lines.find("warning ");
    return begin == std::string::npos ? lines : lines.substr(begin + 8, lines.find(" advice") - begin - 8);
  }
};

}  // namespace

TEST_CASE("a log over its limit causes a warning at the limit, at each doubling, and at its restart") {
  Wal wal;
  CHECK(wal.said(0) == "");
  CHECK(wal.said(16 * mebibyte - 1) == "");
  wal.now += 7s;
  CHECK(wal.said(16 * mebibyte) == "wal_large bytes=16777216 seconds=7");
  for (int i = 0; i < 1000; ++i) {
    CAPTURE(i);
    CHECK(wal.said(17 * mebibyte) == "");
  }
  CHECK(wal.said(32 * mebibyte - 1) == "");
  wal.now += 5s;
  CHECK(wal.said(200 * mebibyte) == "wal_large bytes=209715200 seconds=12");
  CHECK(wal.said(255 * mebibyte) == "");
  CHECK(wal.said(256 * mebibyte) == "wal_large bytes=268435456 seconds=12");
  ++wal.size.restarts;
  wal.now += 1s;
  CHECK(wal.said(4096) == "wal_restarted largest=268435456 seconds=13\n");
  CHECK(wal.said(4096) == "");
  wal.now += 3s;
  CHECK(wal.said(20 * mebibyte) == "wal_large bytes=20971520 seconds=3");
}

TEST_CASE("a log below its limit causes no warning, however often it restarts") {
  Wal wal;
  for (int i = 0; i < 100; ++i) {
    CAPTURE(i);
    CHECK(wal.said(15 * mebibyte) == "");
    ++wal.size.restarts;
    CHECK(wal.said(4096) == "");
  }
  CHECK(wal.restarts == 0);
}

TEST_CASE("a log that has restarted and exceeds its limit again causes both warnings") {
  Wal wal;
  wal.said(20 * mebibyte);
  ++wal.size.restarts;
  wal.said(18 * mebibyte);
  CHECK(wal.lines.find("wal_restarted") != std::string::npos);
  CHECK(wal.lines.find("wal_large bytes=18874368") != std::string::npos);
}

TEST_CASE("while the log exceeds its limit, and only then, a restart is tried every five seconds") {
  Wal wal;
  for (int i = 0; i < 40; ++i, wal.now += 250ms) wal.said(15 * mebibyte);
  CHECK(wal.restarts == 0);
  for (int i = 0; i < 40; ++i, wal.now += 250ms) wal.said(16 * mebibyte);
  CHECK(wal.restarts == 2);
  ++wal.size.restarts;
  for (int i = 0; i < 40; ++i, wal.now += 250ms) wal.said(4096);
  CHECK(wal.restarts == 2);
}

TEST_CASE("the age of the log counts from its last restart") {
  Wal wal;
  wal.now += 9s;
  CHECK(wal.watch.age() == 9s);
  ++wal.size.restarts;
  wal.said(1);
  CHECK(wal.watch.age() == 0s);
  wal.now += 1500ms;
  CHECK(wal.watch.age() == 1500ms);
  CHECK(wal.watch.size() == 1);
}

}  // namespace glitch_protocol::web
