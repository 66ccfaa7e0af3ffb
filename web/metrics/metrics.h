// What the server counts, and how Prometheus gets to read it.
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

/// A number that somebody else keeps, and that is asked for at each scrape.
struct MetricReading {
  std::string_view name;  ///< of the family; readings of one family are added one behind the other
  Exposition::Type type;
  std::string_view help;
  MetricLabels labels;
  /// Called on the thread that scrapes. While it throws, the sample is left out.
  std::function<double()> read;
};

/// Every label takes its values from a table of this program's: the routes, the codes, the words below. So
/// the number of series is bounded whatever clients send. *Thread-safe*, but for `add`, which belongs to the
/// setting up.
class Metrics : public RequestObserver {
 public:
  Metrics();

  /// Names and labels must stay valid as long as this.
  void add(MetricReading);

  /// Three relaxed increments; for a refused sign-in one more.
  void answered(const Route&, const Outcome* refusal, std::chrono::nanoseconds took) override;
  /// So many writes were made durable together.
  void committed(std::size_t writes, std::chrono::nanoseconds took);

  /// The answer to a scrape.
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
  const std::vector<std::string_view> paths_;  // the last one stands for what no route answers
  const std::vector<std::string_view> codes_;
  // changed by `add` alone
  std::vector<MetricReading> readings_;
  // lock themselves
  CounterTable results_;  // for each route: how often it was not refused, and refused with each code
  CounterTable loginFailures_;
  Histograms latencies_;
  Histograms commitSizes_;
  Histograms commitTimes_;
};

}  // namespace glitch_protocol::web
