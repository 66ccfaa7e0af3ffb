// Owns the parts of the connection layer and starts and stops their threads.
//
// Reading order of this folder: exchange.h (what a handler sees), framing.h (what a request is),
// connection_handler.cpp (what happens to a connection), connection_table.h (which thread may touch it), then
// acceptor.h, lane.h and streams.h for the threads around it, and memory_budget.h for the memory that clients
// may use.

#include "web/connection/server.h"

#include <sys/epoll.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include "engine/sync/mutex.h"
#include "web/connection/acceptor.h"
#include "web/connection/connection_handler.h"
#include "web/connection/memory_relief.h"
#include "web/connection/process_limits.h"
#include "web/connection/server_parts.h"
#include "web/connection/tls.h"
#include "web/connection/worker.h"

namespace glitch_protocol::web {
namespace {

// Descriptors beside those of the connections: listeners, epolls, database files, the log, and connections
// that are being turned away or evicted.
constexpr std::size_t otherDescriptors = 224;
constexpr std::size_t slotsBesideConnections = 4096;
constexpr std::size_t maxWorkers = 16;
constexpr std::size_t eventsOfOneWorker = 64;
// Hashing itself runs on threads of the engine, one for each core. Twice as many threads here keep those busy
// while others write their sessions.
constexpr std::size_t hashingThreadsPerCore = 2;
constexpr int firstPassedDescriptor = 3;  // sd_listen_fds(3)

std::size_t connectionsWithin(std::size_t openFiles, std::size_t wanted) {
  const std::size_t max = openFiles > 2 * otherDescriptors ? openFiles - otherDescriptors : openFiles / 2;
  return std::min(wanted, max);
}

int numberFromEnvironment(const char* name) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread has started yet
  if (!text) return 0;
  int number = 0;
  const std::string_view digits(text);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

}  // namespace

class ConnectionServer::Impl {
 public:
  Impl(const ConnectionLimits& limits, RequestHandler& handler, Log& log, const SteadyClock& clock)
      : openFiles_(raiseOpenFiles()),
        maxConnections_(connectionsWithin(openFiles_, limits.maxConnections)),
        parts_{
            limits,
            handler,
            log,
            clock,
            AnswerFields(limits.answerFields),
            MemoryBudget(limits.memory, [this] { parts_.streams.wake(); }),
            {},
            {},
            ConnectionTable(std::min(openFiles_, limits.maxConnections + slotsBesideConnections),
                            {limits.handshakeDeadline, limits.headDeadline, limits.idleDeadline}),
            Streams({limits.streamBufferBytes, limits.heartbeat, limits.writeDeadline, clock}, parts_.memory,
                    log, {[this] { parts_.table.forget(); }, [this] { return takeTurnOfStreams(); }})} {
    // Our own writes use MSG_NOSIGNAL, but those of OpenSSL do not.
    std::signal(SIGPIPE, SIG_IGN);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = quit_.descriptor();
    ::epoll_ctl(parts_.table.epoll(), EPOLL_CTL_ADD, quit_.descriptor(), &event);
    event.events = EPOLLIN | EPOLLET;
    event.data.fd = parts_.rollCall.descriptor();
    ::epoll_ctl(parts_.table.epoll(), EPOLL_CTL_ADD, parts_.rollCall.descriptor(), &event);
  }

  void listen(std::string_view address) { add(Listener(address)); }

  void adoptSystemdSockets() {
    const int owner = numberFromEnvironment("LISTEN_PID");
    const int count = numberFromEnvironment("LISTEN_FDS");
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
      ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): as above
    if (owner != ::getpid()) return;
    for (int i = 0; i < count; ++i) add(Listener(Descriptor(firstPassedDescriptor + i)));
  }

  void useTls(const std::string& certificateFile, const std::string& keyFile) {
    certificate_ = std::make_unique<TlsCertificate>(certificateFile, keyFile);
  }

  bool reloadTls() {
    if (!certificate_) return false;
    try {
      certificate_->reload();
    } catch (const std::runtime_error& error) {
      parts_.log.write(LogLevel::error, "certificate_kept", {{"reason", error.what()}});
      return false;
    }
    parts_.log.write(LogLevel::info, "certificate_reloaded");
    return true;
  }

  std::vector<std::string> addresses() const { return addresses_; }

  void start() EXCLUDES(lifecycle_) {
    const MutexLock lock(lifecycle_);
    try {
      startThreads();
    } catch (...) {
      stopThreads(std::chrono::milliseconds(0));
      throw;
    }
  }

  void stop(std::chrono::milliseconds grace) EXCLUDES(lifecycle_) {
    const MutexLock lock(lifecycle_);  // a second caller waits here until the threads have ended
    stopThreads(grace);
  }

  void tick() {
    parts_.table.expire(parts_.clock());
    parts_.streams.tick();
  }

  void callThreads() {
    parts_.rollCall.begin();
    parts_.streams.wake();
  }

  const ServerParts& parts() const { return parts_; }

 private:
  void stopThreads(std::chrono::milliseconds grace) REQUIRES(lifecycle_) {
    if (std::exchange(stopped_, true)) return;
    listeners_.clear();
    const auto latest = std::chrono::steady_clock::now() + grace;
    parts_.stopping.store(true);
    if (acceptor_) acceptor_->stop();
    parts_.streams.finishAll();
    parts_.table.endIdle();
    if (!parts_.table.waitUntilEmpty(latest)) {
      parts_.log.write(LogLevel::warning, "connections_cut",
                       {{"count", std::to_string(parts_.table.open())}});
      parts_.table.endAll();
    }
    if (parts_.commit) parts_.commit->stop();
    if (parts_.hashing) parts_.hashing->stop();
    if (parts_.probe) parts_.probe->stop();
    quit_.signal();
    for (auto& thread : threads_) thread.join();
    parts_.streams.stop();
  }

  void startThreads() REQUIRES(lifecycle_) {
    const std::size_t cores = availableCores();
    const auto makeServe = [this]() -> WorkLane::Serve {
      return [handler = std::make_shared<ConnectionHandler>(parts_)](WaitingRequest request) {
        handler->answerQueued(std::move(request));
      };
    };
    const ConnectionLimits& limits = parts_.limits;
    if (limits.commitThreads > 0)
      parts_.commit =
          std::make_unique<WorkLane>(WorkLane::Shape{limits.commitThreads, 0, limits.commitQueue}, makeServe);
    const std::size_t hashingThreads =
        limits.hashingThreads > 0 ? limits.hashingThreads : hashingThreadsPerCore * cores;
    parts_.hashing = std::make_unique<WorkLane>(
        WorkLane::Shape{hashingThreads, limits.maxHashingThreads, limits.hashingQueue}, makeServe);
    parts_.probe = std::make_unique<WorkLane>(WorkLane::Shape{1, 0, limits.probeQueue}, makeServe);
    parts_.streams.start();
    startWorkers(limits.workers > 0 ? limits.workers : std::clamp<std::size_t>(cores, 1, maxWorkers));
    const std::size_t perAddress = limits.maxConnectionsPerAddress > 0
                                       ? limits.maxConnectionsPerAddress
                                       : std::max<std::size_t>(maxConnections_ / 4, 1);
    acceptor_ = std::make_unique<Acceptor>(parts_, std::move(listeners_), certificate_.get(),
                                           ConnectionCaps{maxConnections_, perAddress});
    callThreads();
    acceptor_->start();
  }

  bool takeTurnOfStreams() {
    parts_.rollCall.respond(RollCall::Member::streams);
    return relief_.relieve();
  }

  void startWorkers(std::size_t count) REQUIRES(lifecycle_) {
    const std::size_t eventsAtOnce = count == 1 ? eventsOfOneWorker : 1;
    threads_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      Worker& worker = *workers_.emplace_back(std::make_unique<Worker>(parts_, quit_, eventsAtOnce));
      threads_.emplace_back([&worker] { worker.run(); });
    }
  }

  void add(Listener listener) EXCLUDES(lifecycle_) {
    const MutexLock lock(lifecycle_);
    addresses_.push_back(listener.address());
    listeners_.push_back(std::move(listener));
  }

  // Constant after construction.
  const std::size_t openFiles_;
  const std::size_t maxConnections_;

  // Used only by the thread of the streams, which ends with parts_.
  MemoryRelief relief_{parts_};

  // Locks itself.
  ServerParts parts_;
  Wake quit_;

  // Constant after start.
  std::vector<std::string> addresses_;
  std::unique_ptr<TlsCertificate> certificate_;

  /// Held while starting and stopping.
  Mutex lifecycle_;
  std::vector<Listener> listeners_ GUARDED_BY(lifecycle_);
  std::unique_ptr<Acceptor> acceptor_ GUARDED_BY(lifecycle_);
  std::vector<std::unique_ptr<Worker>> workers_ GUARDED_BY(lifecycle_);
  std::vector<std::thread> threads_ GUARDED_BY(lifecycle_);  ///< of the workers
  bool stopped_ GUARDED_BY(lifecycle_) = false;
};

ConnectionServer::ConnectionServer(const ConnectionLimits& limits, RequestHandler& handler, Log& log)
    : ConnectionServer(limits, handler, log, [] { return std::chrono::steady_clock::now(); }) {}

ConnectionServer::ConnectionServer(const ConnectionLimits& limits, RequestHandler& handler, Log& log,
                                   const SteadyClock& clock)
    : impl_(std::make_unique<Impl>(limits, handler, log, clock)) {}

ConnectionServer::~ConnectionServer() {
  stop(std::chrono::milliseconds(0));
}

void ConnectionServer::listen(std::string_view address) {
  impl_->listen(address);
}

void ConnectionServer::adoptSystemdSockets() {
  impl_->adoptSystemdSockets();
}

void ConnectionServer::useTls(const std::string& certificateFile, const std::string& keyFile) {
  impl_->useTls(certificateFile, keyFile);
}

bool ConnectionServer::reloadTls() {
  return impl_->reloadTls();
}

std::vector<std::string> ConnectionServer::addresses() const {
  return impl_->addresses();
}

void ConnectionServer::start() {
  impl_->start();
}

void ConnectionServer::stop(std::chrono::milliseconds grace) {
  impl_->stop(grace);
}

void ConnectionServer::tick() {
  impl_->tick();
}

void ConnectionServer::callThreads() {
  impl_->callThreads();
}

bool ConnectionServer::threadsRespond() const {
  return impl_->parts().rollCall.isComplete();
}

std::size_t ConnectionServer::openConnections() const {
  return impl_->parts().table.open();
}

std::size_t ConnectionServer::idleConnections() const {
  return impl_->parts().table.idle();
}

std::size_t ConnectionServer::openStreams() const {
  return impl_->parts().streams.count();
}

std::size_t ConnectionServer::waitingRequests(Lane lane) const {
  const WorkLane* const threads = impl_->parts().lane(lane);
  return threads == nullptr ? 0 : threads->waiting();
}

std::size_t ConnectionServer::requestsServed() const {
  return impl_->parts().served.load();
}

std::size_t ConnectionServer::requestsRefused() const {
  return impl_->parts().refused.load();
}

std::size_t ConnectionServer::streamsDropped() const {
  return impl_->parts().streams.dropped();
}

ConnectionServer::Pressure ConnectionServer::pressure() const {
  const ServerParts& parts = impl_->parts();
  return {parts.memory.held(), parts.memory.limit(), parts.closedForMemory.load(), parts.evicted.load(),
          parts.refusedForShare.load()};
}

}  // namespace glitch_protocol::web
