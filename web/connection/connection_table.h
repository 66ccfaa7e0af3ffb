// The table of all open connections, which decides which thread may touch which connection.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/sync/mutex.h"
#include "web/connection/connection.h"
#include "web/http/descriptor.h"

namespace glitch_protocol::web {

/// All open connections by socket number, and the epoll that the workers share.
///
/// Invariants:
///   1. A connection is either armed or taken (owned by one thread). An event of an armed connection makes the
///      thread that handles it the owner. Only the owner touches a connection.
///   2. The epoll is edge-triggered, so it reports each arrival of bytes once. An event during which the
///      connection is taken is missed; the owner learns of it when it gives the connection up, and then makes
///      the epoll report the state of the socket again. So no arrival is lost, and a request whose bytes have
///      all been read costs no call to the epoll.
///   3. An event may be for nothing: because its bytes have been read in the meantime, or because another
///      connection has got the number of the socket. It then finds nothing to read. What is watched for is never
///      narrowed, so making the epoll report a number again harms no other connection.
///   4. The deadline of a slot is set exactly while its connection is armed. A thread that finds the deadline
///      passed, or moves it into the past (`cut`, `endOldestIdle`), shuts the socket down, which raises an
///      event; so connections are closed by workers only.
///   5. A socket is closed only under `mutex_` and after its deadline has been cleared, so that no shutdown
///      can hit the next connection with the same number.
///
/// *Thread-safe.*
class ConnectionTable {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// The time from the start of a phase without a request to its deadline.
  struct IdleTimes {
    std::chrono::steady_clock::duration handshaking;
    std::chrono::steady_clock::duration head;
    std::chrono::steady_clock::duration idle;
  };

  /// Has room for socket numbers below `slots`.
  ConnectionTable(std::size_t slots, IdleTimes idleTimes);

  /// For epoll_wait; its events are the arguments of take().
  int epoll() const { return epoll_.get(); }

  /// Arms a new connection to wait for its first bytes. When there is no room, closes it and returns false.
  bool add(std::unique_ptr<Connection> connection);

  enum class Timeliness { expired, inTime };
  struct Taken {
    Connection& connection;
    Timeliness timeliness;
  };
  /// Called after an event: the caller owns the connection from now on. Returns nothing when another thread owns
  /// it, or when it has been closed.
  std::optional<Taken> take(const epoll_event& event, TimePoint now);

  enum class Interest {
    readable,
    writable,
    soon,  ///< as soon as the events already waiting are handled: unprocessed bytes remain
  };
  /// Gives the connection up until `interest` is met, its peer has gone, or connection.deadline has passed.
  void arm(Connection& connection, Interest interest);

  /// Closes a taken connection.
  void release(Connection& connection);

  /// Removes a taken connection from the table and the epoll; it counts as open until `forget`.
  std::unique_ptr<Connection> detach(Connection& connection);
  void forget();

  /// Shuts down the armed connections whose deadline has passed.
  void expire(TimePoint now);

  /// From now on, connections that are or become idle behave as if their clients had finished sending:
  /// requests that have arrived are still answered, then they close.
  void endIdle();

  /// Shuts down every armed connection.
  void endAll();

  /// Closes the connection that has been idle longest, without an answer. False when none is idle.
  bool endOldestIdle();

  struct Holders {
    std::vector<MemoryHolder> closable;  ///< armed connections that hold bytes
    std::size_t leavingBytes = 0;        ///< held by connections that were cut but not released yet
    std::size_t maxTakenBytes = 0;       ///< the maximum held by one connection that is currently taken
  };
  Holders holders();
  /// Closes such a connection without an answer. Returns how many bytes it held, which may be more than `holder` says; 0
  /// when it is not closed, because it is not armed now or holds fewer bytes by now.
  std::size_t cut(const MemoryHolder& holder);

  /// How many connections are idle now: those that evictOldest() may close. Looks at every slot.
  std::size_t idle() const;
  std::size_t open() const { return open_.load(std::memory_order_relaxed); }

  /// Waits until no connection is open, until `latest` at most. Returns whether none is open.
  bool waitUntilEmpty(TimePoint latest);

 private:
  static constexpr std::int64_t unset = INT64_MAX;
  static constexpr std::int64_t longPast = INT64_MIN;
  /// What a connection without a request is waiting for.
  enum class Idleness : std::uint8_t { none, handshaking, head, idle };
  enum class Turn : std::uint8_t {
    taken,   ///< a thread owns the connection, or there is none
    missed,  ///< the same, and an event has come since
    armed,
  };
  struct Slot {
    std::atomic<std::int64_t> deadline{unset};
    std::unique_ptr<Connection> connection;
    std::atomic<std::uint32_t> held{0};  ///< bytes
    std::atomic<bool> leaving{false};    ///< cut but not released yet
    std::atomic<Idleness> idleness{Idleness::none};
    std::atomic<Turn> turn{Turn::taken};
  };
  struct Idle {
    std::int64_t since = 0;
    std::int64_t deadline = 0;
    int descriptor = -1;
  };

  Slot& slotOf(int descriptor) { return slots_[static_cast<std::size_t>(descriptor)]; }
  void prepare(const Connection& connection);
  enum class Report { changes, stateToo };
  void giveUp(int descriptor, Report report);
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

  // Locks itself: apart from its atomics, each slot belongs to the thread that has taken its connection.
  std::vector<Slot> slots_;
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> ending_{false};
  std::atomic<bool> endingAll_{false};

  // Serialises closing and shutting down; see invariant 5.
  Mutex mutex_;
  Condition emptied_;
  std::vector<Idle> oldest_ GUARDED_BY(mutex_);  ///< idle connections found by the last scan, the oldest last
};

}  // namespace glitch_protocol::web
