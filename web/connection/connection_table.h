#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/sync/mutex.h"
#include "web/connection/connection.h"
#include "web/http/descriptor.h"

namespace glitch_protocol::web {

/// Every open connection, by the number of its socket, and the one epoll that the workers share.
///
/// Invariants:
///  1. A connection is armed (in the epoll, one-shot) or taken (one thread has it), never both. Only the
///     thread that has it touches it.
///  2. A slot's deadline is set exactly while its connection is armed. Whoever finds it passed, or moves it
///     into the past (`cut`, `endOldestIdle`), shuts the socket down, which is an event; so a connection ends
///     in the hands of a worker and nowhere else.
///  3. A socket is closed only under `mutex_` and after its deadline has been cleared, so that no shutdown
///     can hit the next connection that gets its number.
///
/// *Thread-safe.*
class ConnectionTable {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// From the beginning of a phase without a request to its deadline.
  struct IdleTimes {
    std::chrono::steady_clock::duration handshaking;
    std::chrono::steady_clock::duration head;
    std::chrono::steady_clock::duration idle;
  };

  /// Has room for sockets with numbers below `slots`.
  ConnectionTable(std::size_t slots, IdleTimes idleTimes);

  /// For epoll_wait; an event's data.fd is what `take` expects.
  int epoll() const { return epoll_.get(); }

  /// Arms a new connection for its first bytes. False, and the connection is closed, when there is no room.
  bool add(std::unique_ptr<Connection> connection);

  enum class Timeliness { expired, inTime };
  struct Taken {
    Connection& connection;
    Timeliness timeliness;
  };
  /// After an event: the caller has the connection from now on.
  Taken take(int descriptor, TimePoint now);

  enum class Interest {
    readable,
    writable,
    soon,  ///< at once, behind the events that wait already: there are bytes left to work on
  };
  /// Gives the connection up until it is `interest`, its peer has gone, or connection.deadline has passed.
  void arm(Connection& connection, Interest interest);

  /// Closes a taken connection.
  void release(Connection& connection);

  /// Takes a taken connection out of the table and the epoll; it still counts as open until `forget`.
  std::unique_ptr<Connection> detach(Connection& connection);
  void forget();

  /// Shuts down what is armed and past its deadline.
  void expire(TimePoint now);

  /// From now on connections that are idle, or become idle, look as if their clients had ended their sending:
  /// what has arrived is still answered, then they close.
  void endIdle();

  /// Shuts down everything that is armed.
  void endAll();

  /// Ends the connection that has been idle longest, without an answer. False when none is idle.
  bool endOldestIdle();

  struct Holders {
    std::vector<MemoryHolder> closable;  ///< armed connections that hold bytes
    std::size_t leavingBytes = 0;        ///< held by those that were cut and are not released yet
    std::size_t mostTaken = 0;  ///< the most that one connection holds which a thread has at this moment
  };
  Holders holders();
  /// Ends such a connection, without an answer. False when it is not armed at this moment or holds less by now.
  bool cut(const MemoryHolder& holder);

  std::size_t open() const { return open_.load(std::memory_order_relaxed); }

  /// Waits until nothing is open any more, at most until `latest`. Whether that is so.
  bool waitUntilEmpty(TimePoint latest);

 private:
  static constexpr std::int64_t unset = INT64_MAX;
  static constexpr std::int64_t longPast = INT64_MIN;
  /// What a connection without a request waits for.
  enum class Idleness : std::uint8_t { none, handshaking, head, idle };
  struct Slot {
    std::atomic<std::int64_t> deadline{unset};
    std::unique_ptr<Connection> connection;
    std::atomic<std::uint32_t> held{0};  ///< bytes
    std::atomic<bool> leaving{false};    ///< it was cut and is not released yet
    std::atomic<Idleness> idleness{Idleness::none};
  };
  struct Idle {
    std::int64_t since = 0;
    std::int64_t deadline = 0;
    int descriptor = -1;
  };

  Slot& slotOf(int descriptor) { return slots_[static_cast<std::size_t>(descriptor)]; }
  void prepare(const Connection& connection);
  void leaveOne();
  static Idleness idlenessOf(const Connection& connection);
  std::int64_t lengthOf(Idleness idleness) const;
  bool cut(int descriptor, std::int64_t deadline) REQUIRES(mutex_);
  bool cutOneOfOldest() REQUIRES(mutex_);
  void findOldest() REQUIRES(mutex_);
  template <class Condition>
  void shutDownWhere(int how, Condition condition);

  // Constant after construction.
  const Descriptor epoll_;
  const IdleTimes idleTimes_;

  // Locks itself: each slot belongs to the thread that has its connection, but for the atomics.
  std::vector<Slot> slots_;
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> ending_{false};
  std::atomic<bool> endingAll_{false};

  // Guards closing against shutting down; see invariant 3.
  Mutex mutex_;
  Condition emptied_;
  std::vector<Idle> oldest_ GUARDED_BY(mutex_);  ///< idle when last looked at, the oldest at the end
};

}  // namespace glitch_protocol::web
