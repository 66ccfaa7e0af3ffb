#include "web/connection/memory_relief.h"

#include <algorithm>
#include <string>
#include <vector>

#include "web/connection/server_parts.h"

namespace glitch_protocol::web {
namespace {

constexpr std::chrono::seconds reportInterval{10};
constexpr int maxWaits = 10;

}  // namespace

bool MemoryRelief::relieve() {
  parts_.memory.watch();
  if (parts_.memory.hasRoomFor(0)) {
    waits_ = 0;
    note(0);
    return true;
  }
  note(closeGreediest());
  return false;
}

std::size_t MemoryRelief::closeGreediest() {
  struct Candidate : MemoryHolder {
    bool isStream = false;
  };
  const ConnectionTable::Holders connections = parts_.table.holders();
  std::vector<Candidate> candidates;
  for (const MemoryHolder& holder : connections.closable) candidates.push_back({holder, false});
  for (const MemoryHolder& holder : parts_.streams.holders()) candidates.push_back({holder, true});
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.bytes > b.bytes; });

  const bool isGreediestTaken = !candidates.empty() && connections.maxTakenBytes > candidates.front().bytes;
  if (isGreediestTaken && mayWait()) return 0;

  const std::size_t goal = parts_.memory.limit() - parts_.memory.limit() / 8;
  std::size_t leaving = connections.leavingBytes;  // freed as soon as a worker handles them
  std::size_t closed = 0;
  for (const Candidate& candidate : candidates) {
    if (parts_.memory.held() <= goal + leaving) break;
    if (candidate.isStream) {
      parts_.streams.cut(candidate.descriptor);
    } else if (const std::size_t held = parts_.table.cut(candidate)) {
      leaving += held;
    } else if (mayWait()) {
      break;  // a worker has it now, or it holds less: look again instead of closing a smaller one
    } else {
      continue;
    }
    ++closed;
  }
  if (closed > 0) waits_ = 0;
  parts_.closedForMemory.fetch_add(closed, std::memory_order_relaxed);
  return closed;
}

// The connection that holds most may be taken at this moment by a worker that writes its answer. A later call finds it
// armed; the waiting is bounded, so that a request that is answered slowly does not protect the others.
bool MemoryRelief::mayWait() {
  if (waits_ == maxWaits) return false;
  ++waits_;
  return true;
}

void MemoryRelief::note(std::size_t closed) {
  unreported_ += closed;
  if (unreported_ == 0) return;
  const auto now = parts_.clock();
  if (now < nextReport_) return;
  nextReport_ = now + reportInterval;
  parts_.log.write(LogLevel::warning, "memory_relieved",
                   {{"budget", std::to_string(parts_.memory.limit())},
                    {"held", std::to_string(parts_.memory.held())},
                    {"closed", std::to_string(unreported_)}});
  unreported_ = 0;
}

}  // namespace glitch_protocol::web
