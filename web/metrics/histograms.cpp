#include "web/metrics/histograms.h"

#include <utility>

namespace glitch_protocol::web {

Histograms::Histograms(std::vector<std::uint64_t> bounds, std::size_t count)
    : bounds_(std::move(bounds)), columnsEach_(bounds_.size() + 2), counters_(columnsEach_ * count) {}

Histograms::Reading Histograms::read(std::size_t which) const {
  const std::size_t first = which * columnsEach_;
  Reading reading;
  for (std::size_t bucket = 0; bucket < bounds_.size(); ++bucket) {
    reading.count += counters_.read(first + bucket);
    reading.upTo.push_back(reading.count);
  }
  reading.count += counters_.read(first + bounds_.size());
  reading.sum = counters_.read(first + columnsEach_ - 1);
  return reading;
}

}  // namespace glitch_protocol::web
