// What happens when clients hold more memory than they may.
#pragma once

#include <chrono>
#include <cstddef>

namespace glitch_protocol::web {

struct ServerParts;

/// Closes whoever holds most while the memory budget is exceeded: connections that do not read their answers
/// or send their requests bit by bit, and streams that are not read. Logs it, at most every ten seconds.
/// *One thread at a time*: that of the Streams.
class MemoryRelief {
 public:
  /// `parts` must outlive this.
  explicit MemoryRelief(ServerParts& parts) : parts_(parts) {}

  /// Whether the budget was kept. Otherwise has closed holders, those of most bytes first, until an eighth of the
  /// budget is free or will be in a moment; what belongs to requests that are being answered stays. To be called
  /// again soon then.
  bool relieve();

 private:
  std::size_t closeGreediest();
  void note(std::size_t closed);

  ServerParts& parts_;
  std::size_t unreported_ = 0;
  bool hasWaited_ = false;  ///< for the greediest, at the last look
  std::chrono::steady_clock::time_point nextReport_ = std::chrono::steady_clock::time_point::min();
};

}  // namespace glitch_protocol::web
