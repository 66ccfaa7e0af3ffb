// Finds out whether the threads that every answer depends on still run.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "web/http/wake.h"

namespace glitch_protocol::web {

/// A call, and the latest response of each of the threads. A thread that is blocked does not respond. Of the
/// workers one has to respond, because a worker whose handler waits does not hold up the others. *Thread-safe.*
class RollCall {
 public:
  enum class Member : std::size_t { acceptor, worker, streams };

  /// Begins a new call; one worker is woken.
  void begin() {
    call_.fetch_add(1);
    wake_.signal();
  }
  /// Called by the threads, in each of their turns.
  void respond(Member member) { responses_[static_cast<std::size_t>(member)].store(call_.load()); }
  /// Whether all have responded to the latest call. False before the first one.
  bool isComplete() const {
    const std::uint64_t call = call_.load();
    for (const auto& response : responses_)
      if (call == 0 || response.load() != call) return false;
    return true;
  }

  /// For the epoll of the workers, edge-triggered, so that each call is an event for one of them, which then
  /// calls respondAsWorker().
  int descriptor() const { return wake_.descriptor(); }
  void respondAsWorker() {
    wake_.clear();
    respond(Member::worker);
  }

 private:
  // locks itself
  Wake wake_;
  std::atomic<std::uint64_t> call_{0};
  std::array<std::atomic<std::uint64_t>, 3> responses_{};
};

}  // namespace glitch_protocol::web
