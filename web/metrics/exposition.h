// Writes metrics in the text format of Prometheus.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "web/metrics/histograms.h"

namespace glitch_protocol::web {

using MetricLabels = std::vector<std::pair<std::string_view, std::string_view>>;

/// Writes the Prometheus text format, version 0.0.4. family() begins a family, to which the following samples
/// belong. Label values may be any text. *One thread at a time.*
class Exposition {
 public:
  enum class Type { counter, gauge, histogram };

  /// `name` and `help` are constants of the program without line breaks.
  void family(std::string_view name, Type type, std::string_view help);

  void sample(double value, const MetricLabels& labels = {});
  /// `unitsEach` is the number of histogram units in one unit of the output: 1e9 to show nanoseconds as
  /// seconds.
  void histogram(const Histograms::Reading& reading, const std::vector<std::uint64_t>& bounds,
                 double unitsEach, const MetricLabels& labels = {});

  std::string take() { return std::move(text_); }

 private:
  void line(std::string_view suffix, const MetricLabels& labels, double value);

  std::string name_;
  std::string text_;
};

}  // namespace glitch_protocol::web
