#include "web/metrics/counter_table.h"

namespace glitch_protocol::web {

CounterTable::CounterTable(std::size_t columns)
    : linesPerRow_((columns + cellsPerLine - 1) / cellsPerLine),
      lines_(std::make_unique<Line[]>(rows * linesPerRow_)) {}

std::uint64_t CounterTable::read(std::size_t column) const {
  std::uint64_t sum = 0;
  for (std::size_t row = 0; row < rows; ++row) sum += cell(row, column).load(std::memory_order_relaxed);
  return sum;
}

}  // namespace glitch_protocol::web
