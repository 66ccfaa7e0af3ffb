// Tells adapters when the current request arrived, so that the time it has already waited counts towards their
// max wait.
#pragma once

#include <chrono>
#include <optional>

#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// While it exists, calls of this thread to an adapter belong to a request that arrived at `arrival`, and the adapter
/// measures its max wait from then. Scopes can be nested; the innermost applies. *One thread at a time*: a scope must
/// be destroyed on the thread that constructed it.
class ArrivalScope {
 public:
  explicit ArrivalScope(std::chrono::steady_clock::time_point arrival);
  ~ArrivalScope();
  ArrivalScope(const ArrivalScope&) = delete;
  ArrivalScope& operator=(const ArrivalScope&) = delete;

 private:
  const std::optional<std::chrono::steady_clock::time_point> outer_;
};

/// When the current request of this thread arrived. Nothing outside all scopes: an adapter then measures its max wait
/// from the call.
std::optional<std::chrono::steady_clock::time_point> arrivalInHand();

}  // namespace v1
}  // namespace glitch_protocol
