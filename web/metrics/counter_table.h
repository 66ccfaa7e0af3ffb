// A table of counters that many threads can increment cheaply.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace glitch_protocol::web {

/// Counters that only grow. The table has several rows; each thread increments its own row, which few others
/// share, so an increment is one relaxed operation on an uncontended cache line, and reading adds up the
/// rows. *Thread-safe.* An increment that happens during a read may or may not be included; values never
/// decrease.
class CounterTable {
 public:
  /// All counters start at 0.
  explicit CounterTable(std::size_t columns);

  /// `column` must be less than the `columns` of the constructor.
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
