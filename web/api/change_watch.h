// Detects changes that other processes make to the database.
#pragma once

#include <cstdint>
#include <functional>

namespace glitch_protocol::web {

/// Calls `accept` when `count` has grown. *One thread at a time.*
class ChangeWatch {
 public:
  /// Changes before now count as accepted.
  ChangeWatch(std::function<std::uint64_t()> count, std::function<void()> accept);

  /// Checks once. If `accept` throws, the exception propagates, and `accept` is called again at the next
  /// poll.
  void poll();

 private:
  // constant after construction
  const std::function<std::uint64_t()> count_;
  const std::function<void()> accept_;
  // changes with each poll
  std::uint64_t accepted_;
};

}  // namespace glitch_protocol::web
