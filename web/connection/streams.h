// All open event streams of a server.
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

/// Serves all event streams on one thread with its own epoll, without ever waiting for a reader.
///
/// A stream is passed to `open` on the thread that served its request. Everything else happens on the thread
/// of the streams: writing when there are events and the socket takes them, detecting that the client has
/// gone, heartbeats, closing. EventSink::send only queues the event and announces it. streams.cpp describes
/// the states of a stream.
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
  /// The functions are called on the thread of the streams.
  struct Hooks {
    std::function<void()> gone;  ///< after the end of each stream
    /// Called whenever the thread is awake, hence soon after wake(), and again soon if it returns
    /// false.
    std::function<bool()> relieve;
  };

  /// `memory` and `log` must outlive this.
  Streams(Settings settings, MemoryBudget& memory, Log& log, Hooks hooks);
  /// Calls stop().
  ~Streams();

  void start();
  /// Closes the remaining streams and ends the thread; every source has then been told of the end.
  void stop();

  /// Turns a connection into a stream that begins with `head`, and calls source->opened(). When memory runs
  /// out, the connection closes without either call. Does not throw.
  void open(Transport transport, std::string_view head, std::shared_ptr<StreamSource> source);

  /// Finishes all streams, including those opened later.
  void finishAll();
  /// Checks heartbeats and deadlines now.
  void tick();
  /// Makes the thread take a turn, in which it calls `relieve`.
  void wake() { wake_.signal(); }

  std::size_t count() const { return count_.load(std::memory_order_relaxed); }
  std::size_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  /// For Stream: reports that the stream has something to do.
  void announce(std::shared_ptr<Stream> stream);
  QueuedEvents& queuedEvents() { return queuedEvents_; }

  // The next two are for `relieve`, on the thread of the streams.
  std::vector<MemoryHolder> holders() const;
  /// Closes the stream with this descriptor.
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
    bool anyAnnounced = false;  ///< more were announced, but memory ran out
  };

  void run();
  void handleEvent(int descriptor, unsigned events);
  void handleNews();
  void adopt(const std::shared_ptr<Stream>& stream);
  void flush(Entry& entry);
  void waitFor(Entry& entry, Waiting waiting);
  void flushAll();
  void close(int descriptor);
  void end(Stream& stream);
  void checkTimers();
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

  // Used only by the thread of the streams.
  std::unordered_map<int, Entry> entries_;
  std::chrono::steady_clock::time_point lastCheck_;
  bool finishedAll_ = false;

  Mutex mutex_;
  News news_ GUARDED_BY(mutex_);

  std::thread thread_;
};

}  // namespace glitch_protocol::web
