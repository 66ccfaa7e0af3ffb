// The parts of a server that its threads share.
#pragma once

#include <atomic>
#include <memory>

#include "web/connection/address_shares.h"
#include "web/connection/answer_fields.h"
#include "web/connection/connection_table.h"
#include "web/connection/exchange.h"
#include "web/connection/lane.h"
#include "web/connection/memory_budget.h"
#include "web/connection/roll_call.h"
#include "web/connection/server.h"
#include "web/connection/streams.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

/// Shared by all threads of a server. Each part locks itself; the lanes do not change while threads run.
struct ServerParts {
  const ConnectionLimits limits;
  RequestHandler& handler;
  Log& log;
  const SteadyClock clock;
  const AnswerFields answerFields;

  // Declared before the table and the streams, which release their shares of these when destroyed.
  MemoryBudget memory;
  AddressShares shares{};
  RollCall rollCall{};

  ConnectionTable table;
  Streams streams;
  std::unique_ptr<WorkLane> commit{};
  std::unique_ptr<WorkLane> hashing{};
  std::unique_ptr<WorkLane> probe{};
  /// Null for Lane::inlined and for a lane without threads: the workers then run its requests.
  WorkLane* lane(Lane which) const;

  /// If set, every answer closes its connection.
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> served{0};
  std::atomic<std::size_t> refused{0};
  std::atomic<std::size_t> closedForMemory{0};
  std::atomic<std::size_t> evicted{0};
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
