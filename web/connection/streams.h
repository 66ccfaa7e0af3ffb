#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/sync/mutex.h"
#include "web/connection/memory_budget.h"
#include "web/connection/queued_events.h"
#include "web/connection/stream.h"
#include "web/http/log.h"
#include "web/http/wake.h"

namespace glitch_protocol::web {

/// All event streams, on one thread and one epoll of their own, which never wait for a reader.
///
/// A stream arrives through `open`, on the thread that served its request; everything after that happens on
/// the thread of the streams: writing when there is something to write and the socket takes it, noticing that
/// the client has gone, the heartbeat, closing. EventSink::send only queues and announces.
///
/// *Thread-safe.*
class Streams {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  struct Settings {
    std::size_t bufferBytes;
    std::chrono::milliseconds heartbeat;
    std::chrono::milliseconds writeDeadline;
    Clock clock;
  };
  /// Called on the thread of the streams.
  struct Hooks {
    std::function<void()> gone;  ///< after each stream's end
    /// Whenever the thread is awake, so soon after `askForRelief`; and soon again if it returns false.
    std::function<bool()> relieve;
  };

  /// `memory` and `log` must outlive this.
  Streams(Settings settings, MemoryBudget& memory, Log& log, Hooks hooks);
  /// Stops first.
  ~Streams();

  void start();
  /// Closes what is left and ends the thread; every `closed` has been called then.
  void stop();

  /// Turns a connection into a stream that begins with `head`, and calls source->opened(). Where memory for it is
  /// lacking the connection closes, without either call. Does not throw.
  void open(Transport transport, std::string_view head, std::shared_ptr<StreamSource> source);

  /// Finishes all streams, now and from now on.
  void finishAll();
  /// Looks at heartbeats and deadlines now.
  void tick();
  /// Has `relieve` called.
  void askForRelief() { wake_.signal(); }

  std::size_t count() const { return count_.load(std::memory_order_relaxed); }
  std::size_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  /// For Stream: there is something to do for it.
  void announce(std::shared_ptr<Stream> stream);
  QueuedEvents& queuedEvents() { return queuedEvents_; }

  // For `relieve`, on the thread of the streams.
  std::vector<MemoryHolder> holders() const;
  /// Closes that stream.
  void cut(int descriptor) { close(descriptor); }

 private:
  enum class Waiting { forEvents, forRoom };
  struct Entry {
    std::shared_ptr<Stream> stream;
    Waiting waiting = Waiting::forEvents;
  };
  struct News {
    std::vector<std::shared_ptr<Stream>> arrived;
    std::vector<std::shared_ptr<Stream>> announced;
    bool anyAnnounced = false;  ///< some, besides, for which there was no memory here
  };

  void run();
  void attend(int descriptor, unsigned events);
  void handleNews();
  void adopt(const std::shared_ptr<Stream>& stream);
  void flush(Entry& entry);
  void waitFor(Entry& entry, Waiting waiting);
  void flushAll();
  void close(int descriptor);
  void end(Stream& stream);
  void lookAtTheClock();
  template <class Step>
  bool guarded(Step step);

  // Constant after construction.
  const Settings settings_;
  Log& log_;
  const Hooks hooks_;
  const Descriptor epoll_;

  // Locks itself.
  QueuedEvents queuedEvents_;
  Wake wake_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::size_t> dropped_{0};
  std::atomic<bool> finishing_{false};
  std::atomic<bool> tickAsked_{false};
  std::atomic<bool> stopping_{false};

  // The thread of the streams alone.
  std::unordered_map<int, Entry> entries_;
  std::chrono::steady_clock::time_point lastLook_;
  bool finishedAll_ = false;

  Mutex mutex_;
  News news_ GUARDED_BY(mutex_);

  std::thread thread_;
};

}  // namespace glitch_protocol::web
