// Writes records to the database in the background, so that no request waits for them: when sessions were last
// used, which event stream they listen on, and audit events that are not part of another transaction, such as
// failed sign-ins.
//
// Records are collected for `delay` after the first one and then written in transactions of at most 500 rows of each
// kind. A crash loses only the pending records. When a write fails, its records stay pending.
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

namespace glitch_protocol::inline v1 {

/// *Thread-safe.* Bounded: while 100,000 sessions or 10,000 events are pending, further ones are dropped.
class Recorder {
 public:
  /// Called on the thread that writes.
  struct Callbacks {
    /// After each commit, with the users whose sessions have new activity.
    std::function<void(const std::vector<UserId>&)> activityWritten;
    /// When a write in the background has failed.
    std::function<void(std::string_view what)> writeFailed;
  };

  /// `database` is borrowed. The background thread starts with the first record.
  Recorder(DatabaseAdapter& database, std::chrono::milliseconds delay, Callbacks);
  /// Writes the pending records. If that fails, they are lost.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Records that the session was used at this time. Never moves its activity back.
  void touch(const SessionId&, TimePoint at);
  /// Records which event stream the session listens on, or that it listens on none.
  void setSocketId(const SessionId&, const std::optional<SocketId>&);
  /// Records an audit event.
  void add(AuditEvent);

  /// Writes the pending records now. On StoreError, those that are not written remain pending.
  void flush();

  /// When the session was last used, if that is not in the database yet.
  std::optional<TimePoint> pendingActivity(const SessionId&) const;
  /// How many events were dropped because too many were pending.
  std::uint64_t lost() const;

 private:
  struct Batch {
    std::unordered_map<SessionId, TimePoint> activity;
    std::unordered_map<SessionId, std::optional<SocketId>> sockets;
    std::vector<AuditEvent> events;
    bool empty() const { return activity.empty() && sockets.empty() && events.empty(); }
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

  /// Held by the thread that writes, so that flush() returns only when earlier records are written too.
  Mutex flushing_;

  mutable Mutex mutex_;
  Condition changed_;
  Batch pending_ GUARDED_BY(mutex_);
  /// Activity that is being written: no longer in pending_, not yet in the database.
  std::unordered_map<SessionId, TimePoint> writing_ GUARDED_BY(mutex_);
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::inline v1
