#pragma once

#include <atomic>
#include <memory>

#include "web/connection/address_shares.h"
#include "web/connection/connection_table.h"
#include "web/connection/exchange.h"
#include "web/connection/lane.h"
#include "web/connection/memory_budget.h"
#include "web/connection/server.h"
#include "web/connection/streams.h"
#include "web/log.h"

namespace glitch_protocol::web {

/// What the threads of a server share. Each part locks itself; the lanes are constant while threads run.
struct ServerParts {
  const ConnectionLimits limits;
  RequestHandler& handler;
  Log& log;
  const SteadyClock clock;

  // Connections and streams give back to these when they go.
  MemoryBudget memory;
  AddressShares shares{};

  ConnectionTable table;
  Streams streams;
  std::unique_ptr<WorkLane> durable{};
  std::unique_ptr<WorkLane> slow{};

  /// Answers close their connections from now on.
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> served{0};
  std::atomic<std::size_t> refused{0};
  std::atomic<std::size_t> closedForMemory{0};
  std::atomic<std::size_t> gaveWay{0};
  std::atomic<std::size_t> refusedForShare{0};
};

}  // namespace glitch_protocol::web
