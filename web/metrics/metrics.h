// Counts what the server does and formats it for Prometheus.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "web/api/request_observer.h"
#include "web/metrics/counter_table.h"
#include "web/metrics/exposition.h"
#include "web/metrics/histograms.h"

namespace glitch_protocol::web {

/// A value that another component keeps and that is read at each scrape.
struct MetricReading {
  std::string_view name;  ///< of the family; readings of one family must be added consecutively
  Exposition::Type type;
  std::string_view help;
  MetricLabels labels;
  /// Called on the scraping thread. If it throws, the sample is omitted.
  std::function<double()> read;
};

/// The counters of the server. Label values come from tables of this program only (routes, codes, fixed
/// words), so the number of series is bounded whatever clients send. *Thread-safe*, except `add`, which is
/// called during setup only.
class Metrics : public RequestObserver {
 public:
  Metrics();

  /// Names and labels must outlive this.
  void add(MetricReading);

  /// Three relaxed increments, and one more for a refused sign-in.
  void answered(const Route&, const Outcome* refusal, std::chrono::nanoseconds took) override;
  /// Records that `writes` writes became durable in one commit.
  void committed(std::size_t writes, std::chrono::nanoseconds took);

  /// The text for a scrape.
  std::string text() const;

 private:
  std::size_t indexOf(const Outcome*) const;
  std::size_t resultColumn(std::size_t route, std::size_t code) const {
    return route * (codes_.size() + 1) + code;
  }
  std::uint64_t results(std::string_view path, std::string_view code) const;
  void writeSignIns(Exposition&) const;
  void writeRefreshes(Exposition&) const;
  void writeRefusals(Exposition&) const;
  void writeLatencies(Exposition&) const;
  void writeCommits(Exposition&) const;
  void writeReadings(Exposition&) const;

  // constant after construction
  const std::vector<std::string_view> paths_;  // the last one stands for requests without a route
  const std::vector<std::string_view> codes_;
  // changed only by `add`
  std::vector<MetricReading> readings_;
  // lock themselves
  CounterTable results_;  // for each route: requests not refused, and requests refused with each code
  CounterTable loginFailures_;
  Histograms latencies_;
  Histograms commitSizes_;
  Histograms commitTimes_;
};

}  // namespace glitch_protocol::web
