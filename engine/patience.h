// Since when the request in hand has been waiting: part of the contract of every port whose calls may wait.
#pragma once

#include <chrono>
#include <optional>

namespace glitch_protocol {

/// While it exists, what this thread asks of an adapter is asked for a request that arrived at `arrival`: the
/// time that the request has waited already counts towards how long the adapter may wait for others. Scopes
/// nest, and the innermost counts. *One thread at a time*: a scope ends on the thread that began it.
class ArrivalScope {
 public:
  explicit ArrivalScope(std::chrono::steady_clock::time_point arrival);
  ~ArrivalScope();
  ArrivalScope(const ArrivalScope&) = delete;
  ArrivalScope& operator=(const ArrivalScope&) = delete;

 private:
  const std::optional<std::chrono::steady_clock::time_point> outer_;
};

/// When the request arrived that this thread works for. Nothing outside every scope: then a call's patience
/// counts from the call itself.
std::optional<std::chrono::steady_clock::time_point> arrivalInHand();

}  // namespace glitch_protocol
