#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "web/metrics/histograms.h"

namespace glitch_protocol::web {

using MetricLabels = std::vector<std::pair<std::string_view, std::string_view>>;

/// Writes Prometheus' text format, version 0.0.4. A family is opened by its name, and what follows belongs to
/// it. Values of labels may be anything. *One thread at a time.*
class Exposition {
 public:
  enum class Type { counter, gauge, histogram };

  /// `name` and `help` are the program's own words, on one line.
  void family(std::string_view name, Type type, std::string_view help);

  void sample(double value, const MetricLabels& labels = {});
  /// `unitsEach`: how many units of the histogram make one that is shown; 1e9 for nanoseconds as seconds.
  void histogram(const Histograms::Reading& reading, const std::vector<std::uint64_t>& bounds,
                 double unitsEach, const MetricLabels& labels = {});

  std::string take() { return std::move(text_); }

 private:
  void line(std::string_view suffix, const MetricLabels& labels, double value);

  std::string name_;
  std::string text_;
};

}  // namespace glitch_protocol::web
