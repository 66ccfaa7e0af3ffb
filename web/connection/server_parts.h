#pragma once

#include <atomic>
#include <memory>

#include "web/connection/address_shares.h"
#include "web/connection/answer_fields.h"
#include "web/connection/connection_table.h"
#include "web/connection/exchange.h"
#include "web/connection/lane.h"
#include "web/connection/memory_budget.h"
#include "web/connection/server.h"
#include "web/connection/streams.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

/// What the threads of a server share. Each part locks itself; the lanes are constant while threads run.
struct ServerParts {
  const ConnectionLimits limits;
  RequestHandler& handler;
  Log& log;
  const SteadyClock clock;
  const AnswerFields answerFields;

  // Connections and streams give back to these when they go.
  MemoryBudget memory;
  AddressShares shares{};

  ConnectionTable table;
  Streams streams;
  std::unique_ptr<WorkLane> commit{};
  std::unique_ptr<WorkLane> hashing{};
  std::unique_ptr<WorkLane> probe{};
  /// Null for Lane::inlined, and for one without threads of its own: then the workers do it.
  WorkLane* lane(Lane which) const;

  /// Answers close their connections from now on.
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> served{0};
  std::atomic<std::size_t> refused{0};
  std::atomic<std::size_t> closedForMemory{0};
  std::atomic<std::size_t> gaveWay{0};
  std::atomic<std::size_t> refusedForShare{0};
};

inline WorkLane* ServerParts::lane(Lane which) const {
  switch (which) {
    case Lane::inlined:
      return nullptr;
    case Lane::commit:
      return commit.get();
    case Lane::hashing:
      return hashing.get();
    case Lane::probe:
      break;
  }
  return probe.get();
}

}  // namespace glitch_protocol::web
