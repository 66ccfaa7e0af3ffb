// Writes in the background what no request should wait for: when sessions were last used, which event stream
// they listen on, and events (such as failed sign-ins) that belong to no transaction of their own.
//
// What is waiting is written together, in transactions of at most 500 rows of each kind, `delay` after the
// first of it arrived. A crash loses at most that; a failed write is tried again with the next.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/database_adapter.h"
#include "engine/sync/mutex.h"
#include "engine/types.h"

namespace glitch_protocol {

/// *Thread-safe.* Bounded: past 100,000 sessions or 10,000 events waiting, further ones are dropped.
class Recorder {
 public:
  /// `touched` is called after each commit with the owners of the sessions it touched; `failed` when the
  /// background write failed. Both run on whichever thread wrote.
  struct Callbacks {
    std::function<void(const std::vector<UserId>&)> touched;
    std::function<void(std::string_view what)> failed;
  };

  /// `database` is borrowed. The thread starts with the first record.
  Recorder(DatabaseAdapter& database, std::chrono::milliseconds delay, Callbacks);
  /// Writes what is waiting; what cannot be written is lost.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void touch(const SessionId&, TimePoint at);
  void tie(const SessionId&, const std::optional<SocketId>&);
  void add(AuditEvent);

  /// Writes what is waiting now. StoreError: all of it is still waiting.
  void flush();

  /// When the session was last used, if that is not in the database yet.
  std::optional<TimePoint> pendingActivity(const SessionId&) const;
  /// How many events were dropped because too many were waiting.
  std::uint64_t lost() const;

 private:
  struct Batch {
    std::unordered_map<SessionId, TimePoint> touched;
    std::unordered_map<SessionId, std::optional<SocketId>> tied;
    std::vector<AuditEvent> events;
    bool empty() const { return touched.empty() && tied.empty() && events.empty(); }
  };

  void run();
  void flushOrReport();
  void wake() REQUIRES(mutex_);
  Batch takeBatch() EXCLUDES(mutex_);
  std::vector<UserId> write(const Batch&);
  void putBack(Batch&&);

  // constant after construction
  DatabaseAdapter& database_;
  const std::chrono::milliseconds delay_;
  const Callbacks callbacks_;

  /// Held while one thread writes, so that flush() returns only when earlier records are written too.
  Mutex flushing_;

  mutable Mutex mutex_;
  Condition changed_;
  Batch waiting_ GUARDED_BY(mutex_);
  /// Out of waiting_, not yet in the database.
  std::unordered_map<SessionId, TimePoint> writing_ GUARDED_BY(mutex_);
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol
