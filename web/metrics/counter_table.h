#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace glitch_protocol::web {

/// Numbers that only grow, counted up by many threads at once and added up by whoever reads them. There are
/// several rows of them; each thread counts in a row that few others share, so that counting is one relaxed
/// increment in a cache line of its own, and reading is what costs. *Thread-safe.* What is being counted
/// while somebody reads may be in the sum or not; no number is ever read smaller than before.
class CounterTable {
 public:
  /// All are 0.
  explicit CounterTable(std::size_t columns);

  /// `column` must be less than what the constructor was given.
  void add(std::size_t column, std::uint64_t amount = 1) {
    cell(rowOfThisThread(), column).fetch_add(amount, std::memory_order_relaxed);
  }
  std::uint64_t read(std::size_t column) const;

 private:
  static constexpr std::size_t rows = 16;
  static constexpr std::size_t cellsPerLine = 8;
  struct alignas(64) Line {
    std::atomic<std::uint64_t> cells[cellsPerLine];
  };

  static std::size_t rowOfThisThread();
  std::atomic<std::uint64_t>& cell(std::size_t row, std::size_t column) const {
    return lines_[row * linesPerRow_ + column / cellsPerLine].cells[column % cellsPerLine];
  }

  // constant after construction
  const std::size_t linesPerRow_;
  // lock themselves
  const std::unique_ptr<Line[]> lines_;
};

inline std::size_t CounterTable::rowOfThisThread() {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t row = threads.fetch_add(1, std::memory_order_relaxed) % rows;
  return row;
}

}  // namespace glitch_protocol::web
