// Keeps the arrival of the current request in a thread-local variable.
#include "engine/patience.h"

namespace glitch_protocol::inline v1 {

namespace {

thread_local std::optional<std::chrono::steady_clock::time_point> inHand;

}  // namespace

ArrivalScope::ArrivalScope(std::chrono::steady_clock::time_point arrival) : outer_(inHand) {
  inHand = arrival;
}

ArrivalScope::~ArrivalScope() {
  inHand = outer_;
}

std::optional<std::chrono::steady_clock::time_point> arrivalInHand() {
  return inHand;
}

}  // namespace glitch_protocol::inline v1
