// Notices what other processes do to the database.
#pragma once

#include <cstdint>
#include <functional>

namespace glitch_protocol::web {

/// Calls `accept` after `count` has grown. *One thread at a time.*
class ChangeWatch {
 public:
  /// Whatever happened before now counts as accepted.
  ChangeWatch(std::function<std::uint64_t()> count, std::function<void()> accept);

  /// Looks once. What `accept` throws passes through, and then it is called again at the next poll.
  void poll();

 private:
  // constant after construction
  const std::function<std::uint64_t()> count_;
  const std::function<void()> accept_;
  // changes with each poll
  std::uint64_t accepted_;
};

}  // namespace glitch_protocol::web
