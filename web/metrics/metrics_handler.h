// Serves the metrics over HTTP.
#pragma once

#include "web/connection/server.h"
#include "web/metrics/metrics.h"

namespace glitch_protocol::web {

/// Answers GET /metrics, and 404 to every other request, on a separate listener. *Thread-safe.*
class MetricsHandler : public RequestHandler {
 public:
  /// `metrics` must outlive this.
  explicit MetricsHandler(const Metrics& metrics) : metrics_(metrics) {}

  void handle(const Request&, Answer&, Exchange&) override;

 private:
  const Metrics& metrics_;
};

/// The limits for that listener: two threads that answer, and few connections.
ConnectionLimits metricsLimits();

}  // namespace glitch_protocol::web
