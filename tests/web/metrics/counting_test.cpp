// Tests of counters, histograms and the exposition format.
#include <cstdint>
#include <latch>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/catch.h"
#include "web/metrics/counter_table.h"
#include "web/metrics/exposition.h"
#include "web/metrics/histograms.h"

namespace glitch_protocol::web {

using Numbers = std::vector<std::uint64_t>;

TEST_CASE("two threads that share a row of counters lose no count") {
  constexpr std::uint64_t each = 4'000'000;
  CounterTable table(3);
  std::latch firstIsThere(1);
  std::latch bothAreThere(2);
  const auto count = [&] {
    table.add(2, 0);  // assigns a row to this thread
    if (!firstIsThere.try_wait()) firstIsThere.count_down();
    bothAreThere.arrive_and_wait();
    for (std::uint64_t i = 0; i < each; ++i) table.add(2);
  };
  std::thread first(count);
  firstIsThere.wait();
  // The 16 rows are assigned in turn.
  for (int i = 0; i < 15; ++i) std::thread([&] { table.add(0, 0); }).join();
  std::thread second(count);
  first.join();
  second.join();
  CHECK(table.read(2) == 2 * each);
}

TEST_CASE("the counts of many threads are complete") {
  constexpr std::size_t columns = 11;
  constexpr std::uint64_t each = 20'000;
  CounterTable table(columns);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 24; ++t) {
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; i < each; ++i) table.add(i % columns, 1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::uint64_t sum = 0;
  for (std::size_t column = 0; column < columns; ++column) sum += table.read(column);
  CHECK(sum == 24 * each);
  CHECK(table.read(0) == 24 * ((each + columns - 1) / columns));
}

TEST_CASE("a value is counted in its histogram, in the first bucket whose bound it does not exceed") {
  Histograms histograms({10, 20, 40}, 2);
  for (const std::uint64_t value : {0, 10, 11, 20, 21, 40, 41, 5000}) histograms.observe(1, value);
  const auto reading = histograms.read(1);
  CHECK(reading.upTo == Numbers{2, 4, 6});
  CHECK(reading.count == 8);
  CHECK(reading.sum == 5143);
  CHECK(histograms.read(0).count == 0);
  CHECK(histograms.read(0).sum == 0);
}

TEST_CASE("samples have the Prometheus format, whatever a label contains") {
  Histograms histograms({1'000'000, 2'500'000'000}, 1);
  histograms.observe(0, 500'000);
  histograms.observe(0, 3'000'000'000);
  Exposition text;
  text.family("a_total", Exposition::Type::counter, "How many.");
  text.sample(3, {{"kind", "a\"b\\c\nd"}, {"other", "x"}});
  text.sample(0.25);
  text.family("b_seconds", Exposition::Type::histogram, "How long.");
  text.histogram(histograms.read(0), histograms.bounds(), 1e9, {{"route", "/x"}});
  const std::string_view expected =
      "# HELP a_total How many.\n"
      "# TYPE a_total counter\n"
      "a_total{kind=\"a\\\"b\\\\c\\nd\",other=\"x\"} 3\n"
      "a_total 0.25\n"
      "# HELP b_seconds How long.\n"
      "# TYPE b_seconds histogram\n"
      "b_seconds_bucket{route=\"/x\",le=\"0.001\"} 1\n"
      "b_seconds_bucket{route=\"/x\",le=\"2.5\"} 1\n"
      "b_seconds_bucket{route=\"/x\",le=\"+Inf\"} 2\n"
      "b_seconds_sum{route=\"/x\"} 3.0005\n"
      "b_seconds_count{route=\"/x\"} 2\n";
  CHECK(text.take() == expected);
}

}  // namespace glitch_protocol::web
