// Closes clients when all of them together hold more memory than the budget allows.
#pragma once

#include <chrono>
#include <cstddef>

namespace glitch_protocol::web {

struct ServerParts;

/// While the memory budget is exceeded, closes the clients that hold most: connections that do not read their
/// answers or send their requests slowly, and streams that are not read. Logs this at most every ten seconds.
/// *One thread at a time*: the thread of the Streams.
class MemoryRelief {
 public:
  /// `parts` must outlive this.
  explicit MemoryRelief(ServerParts& parts) : parts_(parts) {}

  /// Returns true when the budget is kept. Otherwise closes clients, those with the most bytes first, until
  /// an eighth of the budget is free or about to be, and returns false; clients whose requests are being
  /// answered are spared. Call it again soon after false.
  bool relieve();

 private:
  std::size_t closeGreediest();
  bool mayWait();
  void note(std::size_t closed);

  ServerParts& parts_;
  std::size_t unreported_ = 0;
  int waits_ = 0;  ///< calls since the last closing that waited for a taken connection
  std::chrono::steady_clock::time_point nextReport_ = std::chrono::steady_clock::time_point::min();
};

}  // namespace glitch_protocol::web
