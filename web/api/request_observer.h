// The interface through which the metrics follow the requests of the API.
#pragma once

#include <chrono>

#include "web/api/routes.h"
#include "web/http/errors.h"

namespace glitch_protocol::web {

/// Is told about every request that ApiHandler has answered. *Thread-safe.*
class RequestObserver {
 public:
  virtual ~RequestObserver() = default;

  /// `refusal` is null when the request was not refused. `took` is the time from the call of ApiHandler::handle to
  /// the finished answer. Called on the thread of the request; must neither block nor throw.
  virtual void answered(const Route& route, const Outcome* refusal, std::chrono::nanoseconds took) = 0;
};

}  // namespace glitch_protocol::web
