// Histograms that many threads can fill cheaply.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "web/metrics/counter_table.h"

namespace glitch_protocol::web {

/// Several histograms with the same bounds over whole numbers in one unit (nanoseconds, rows). *Thread-safe.*
class Histograms {
 public:
  /// `bounds` must ascend; a value belongs to the first bucket whose bound it does not exceed, or to an extra
  /// last bucket.
  Histograms(std::vector<std::uint64_t> bounds, std::size_t count);

  /// Two relaxed increments. `which` must be less than the `count` of the constructor.
  void observe(std::size_t which, std::uint64_t value) {
    const std::size_t first = which * columnsEach_;
    std::size_t bucket = 0;
    while (bucket < bounds_.size() && value > bounds_[bucket]) ++bucket;
    counters_.add(first + bucket);
    counters_.add(first + columnsEach_ - 1, value);
  }

  struct Reading {
    std::vector<std::uint64_t> upTo;  ///< for each bound, the number of values up to it
    std::uint64_t count = 0;          ///< the number of all values
    std::uint64_t sum = 0;
  };
  Reading read(std::size_t which) const;

  const std::vector<std::uint64_t>& bounds() const { return bounds_; }

 private:
  // constant after construction
  const std::vector<std::uint64_t> bounds_;
  const std::size_t columnsEach_;  // a bucket for each bound, an extra last bucket, and the sum
  // locks itself
  CounterTable counters_;
};

}  // namespace glitch_protocol::web
