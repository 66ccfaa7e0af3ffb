// Collects records under one mutex and writes them in batches under another.
#include "engine/sessions/recorder.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <new>
#include <system_error>

namespace glitch_protocol::inline v1 {

namespace {
constexpr std::size_t maxSessions = 100'000;
constexpr std::size_t maxEvents = 10'000;
constexpr std::size_t maxRowsPerWrite = 500;
}  // namespace

Recorder::Recorder(DatabaseAdapter& database, std::chrono::milliseconds delay, Callbacks callbacks)
    : database_(database), delay_(delay), callbacks_(std::move(callbacks)) {}

Recorder::~Recorder() {
  std::thread thread;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    thread.swap(thread_);
  }
  changed_.notifyAll();
  if (thread.joinable()) thread.join();
  flushOrReport();
}

void Recorder::touch(const SessionId& session, TimePoint at) {
  const MutexLock lock(mutex_);
  if (pending_.activity.size() >= maxSessions && !pending_.activity.contains(session)) return;
  TimePoint& last = pending_.activity[session];
  last = std::max(last, at);
  wake();
}

void Recorder::setSocketId(const SessionId& session, const std::optional<SocketId>& socket) {
  const MutexLock lock(mutex_);
  if (pending_.sockets.size() >= maxSessions && !pending_.sockets.contains(session)) return;
  pending_.sockets[session] = socket;
  wake();
}

void Recorder::add(AuditEvent event) {
  const MutexLock lock(mutex_);
  if (pending_.events.size() >= maxEvents) {
    ++lost_;
    return;
  }
  pending_.events.push_back(std::move(event));
  wake();
}

// If the thread cannot be created now, the next record tries again.
void Recorder::wake() {
  try {
    if (!thread_.joinable() && !stopping_) thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    return;
  } catch (const std::bad_alloc&) {
    return;
  }
  changed_.notifyAll();
}

void Recorder::run() {
  MutexLock lock(mutex_);
  while (!stopping_) {
    changed_.wait(lock, [this]() REQUIRES(mutex_) { return stopping_ || !pending_.empty(); });
    // Collects further records. A stop ends the wait; then the destructor writes.
    if (changed_.waitFor(lock, delay_, [this]() REQUIRES(mutex_) { return stopping_; })) return;
    lock.unlock();
    flushOrReport();
    lock.lock();
  }
}

void Recorder::flushOrReport() {
  try {
    flush();
  } catch (const std::exception& error) {
    if (callbacks_.writeFailed) callbacks_.writeFailed(error.what());
  }
}

void Recorder::flush() {
  const MutexLock one(flushing_);
  for (Batch batch = takeBatch(); !batch.empty(); batch = takeBatch()) {
    std::vector<UserId> owners;
    try {
      owners = write(batch);
    } catch (...) {
      putBack(std::move(batch));
      throw;
    }
    if (callbacks_.activityWritten) callbacks_.activityWritten(owners);
  }
}

// Allocates all memory before it removes a record from pending_, so that std::bad_alloc loses none.
Recorder::Batch Recorder::takeBatch() {
  Batch batch;
  std::unordered_map<SessionId, TimePoint> activity;
  const MutexLock lock(mutex_);
  batch.activity.reserve(std::min(pending_.activity.size(), maxRowsPerWrite));
  batch.sockets.reserve(std::min(pending_.sockets.size(), maxRowsPerWrite));
  batch.events.reserve(std::min(pending_.events.size(), maxRowsPerWrite));
  for (const auto& one : pending_.activity) {
    if (activity.size() == maxRowsPerWrite) break;
    activity.insert(one);
  }
  for (const auto& [session, at] : activity) batch.activity.insert(pending_.activity.extract(session));
  while (!pending_.sockets.empty() && batch.sockets.size() < maxRowsPerWrite) {
    batch.sockets.insert(pending_.sockets.extract(pending_.sockets.begin()));
  }
  const auto count = std::min(pending_.events.size(), maxRowsPerWrite);
  const auto end = pending_.events.begin() + static_cast<std::ptrdiff_t>(count);
  std::move(pending_.events.begin(), end, std::back_inserter(batch.events));
  pending_.events.erase(pending_.events.begin(), end);
  writing_ = std::move(activity);
  return batch;
}

std::vector<UserId> Recorder::write(const Batch& batch) {
  std::vector<UserId> owners;
  database_.write([&](Writer& writer) {
    owners.clear();
    for (const auto& [id, at] : batch.activity) {
      if (!writer.sessions().touch(id, at)) continue;
      if (const auto session = writer.sessions().find(id)) owners.push_back(session->userId);
    }
    for (const auto& [id, socket] : batch.sockets) writer.sessions().setSocketId(id, socket);
    for (const AuditEvent& event : batch.events) writer.audit().insert(event);
  });
  return owners;
}

// Puts older events before newer ones. If there are too many, the newest are dropped.
void Recorder::putBack(Batch&& batch) {
  const MutexLock lock(mutex_);
  for (const auto& [session, at] : batch.activity) {
    TimePoint& last = pending_.activity[session];
    last = std::max(last, at);
  }
  pending_.sockets.merge(batch.sockets);  // keeps what has been recorded meanwhile, which is newer
  std::move(pending_.events.begin(), pending_.events.end(), std::back_inserter(batch.events));
  if (batch.events.size() > maxEvents) {
    lost_ += batch.events.size() - maxEvents;
    batch.events.resize(maxEvents);
  }
  pending_.events = std::move(batch.events);
  writing_.clear();
}

std::optional<TimePoint> Recorder::pendingActivity(const SessionId& session) const {
  const MutexLock lock(mutex_);
  if (const auto found = pending_.activity.find(session); found != pending_.activity.end())
    return found->second;
  if (const auto found = writing_.find(session); found != writing_.end()) return found->second;
  return std::nullopt;
}

std::uint64_t Recorder::lost() const {
  const MutexLock lock(mutex_);
  return lost_;
}

}  // namespace glitch_protocol::inline v1
