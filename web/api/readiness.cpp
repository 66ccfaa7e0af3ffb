#include "web/api/readiness.h"

#include <utility>

#include "engine/errors.h"
#include "engine/patience.h"

namespace glitch_protocol::web {

namespace {

constexpr std::chrono::seconds freshFor{1};

}  // namespace

ReadinessCheck::ReadinessCheck(std::function<void()> probe, const Clock& clock, Log& log)
    : probe_(std::move(probe)), clock_(clock), log_(log) {}

Readiness ReadinessCheck::latest() const {
  const MutexLock lock(mutex_);
  return probe_ ? latest_ : Readiness::ready;
}

bool ReadinessCheck::isFresh() const {
  const MutexLock lock(mutex_);
  return !probe_ || (foundAt_ && clock_.steadyNow() - *foundAt_ < freshFor);
}

Readiness ReadinessCheck::find(std::string_view requestId) {
  const MutexLock alone(probing_);
  if (isFresh()) return latest();
  const Readiness found = probe(requestId);
  const MutexLock lock(mutex_);
  latest_ = found;
  foundAt_ = clock_.steadyNow();
  return found;
}

// Uses the full patience, however long the request that triggers it has waited: other requests share the
// result.
Readiness ReadinessCheck::probe(std::string_view requestId) const {
  const ArrivalScope scope(std::chrono::steady_clock::now());
  try {
    probe_();
    return Readiness::ready;
  } catch (const StoreError& error) {
    log_.writeRepeatable(LogLevel::warning, "not_ready", "",
                         {{"reason", error.what()}, {"request_id", requestId}});
    return Readiness::notReady;
  }
}

}  // namespace glitch_protocol::web
