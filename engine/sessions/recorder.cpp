#include "engine/sessions/recorder.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <new>
#include <system_error>

namespace glitch_protocol {

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
  if (waiting_.touched.size() >= maxSessions && !waiting_.touched.contains(session)) return;
  TimePoint& last = waiting_.touched[session];
  last = std::max(last, at);
  wake();
}

void Recorder::tie(const SessionId& session, const std::optional<SocketId>& socket) {
  const MutexLock lock(mutex_);
  if (waiting_.tied.size() >= maxSessions && !waiting_.tied.contains(session)) return;
  waiting_.tied[session] = socket;
  wake();
}

void Recorder::add(AuditEvent event) {
  const MutexLock lock(mutex_);
  if (waiting_.events.size() >= maxEvents) {
    ++lost_;
    return;
  }
  waiting_.events.push_back(std::move(event));
  wake();
}

// Where the system has no thread to give, the next record tries again.
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
    changed_.wait(lock, [this]() REQUIRES(mutex_) { return stopping_ || !waiting_.empty(); });
    // More will come; let it gather. A stop ends the wait, and the destructor writes.
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
    if (callbacks_.failed) callbacks_.failed(error.what());
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
    if (callbacks_.touched) callbacks_.touched(owners);
  }
}

// Allocates before it takes anything, so that nothing is lost for want of memory.
Recorder::Batch Recorder::takeBatch() {
  Batch batch;
  std::unordered_map<SessionId, TimePoint> touched;
  const MutexLock lock(mutex_);
  batch.touched.reserve(std::min(waiting_.touched.size(), maxRowsPerWrite));
  batch.tied.reserve(std::min(waiting_.tied.size(), maxRowsPerWrite));
  batch.events.reserve(std::min(waiting_.events.size(), maxRowsPerWrite));
  for (const auto& one : waiting_.touched) {
    if (touched.size() == maxRowsPerWrite) break;
    touched.insert(one);
  }
  for (const auto& [session, at] : touched) batch.touched.insert(waiting_.touched.extract(session));
  while (!waiting_.tied.empty() && batch.tied.size() < maxRowsPerWrite) {
    batch.tied.insert(waiting_.tied.extract(waiting_.tied.begin()));
  }
  const auto count = std::min(waiting_.events.size(), maxRowsPerWrite);
  const auto end = waiting_.events.begin() + static_cast<std::ptrdiff_t>(count);
  std::move(waiting_.events.begin(), end, std::back_inserter(batch.events));
  waiting_.events.erase(waiting_.events.begin(), end);
  writing_ = std::move(touched);
  return batch;
}

std::vector<UserId> Recorder::write(const Batch& batch) {
  std::vector<UserId> owners;
  database_.write([&](Writer& writer) {
    owners.clear();
    for (const auto& [id, at] : batch.touched) {
      if (!writer.sessions().touch(id, at)) continue;
      if (const auto session = writer.sessions().find(id)) owners.push_back(session->userId);
    }
    for (const auto& [id, socket] : batch.tied) writer.sessions().setSocketId(id, socket);
    for (const AuditEvent& event : batch.events) writer.audit().insert(event);
  });
  return owners;
}

// Older events go back before younger ones; past the bound the youngest are dropped.
void Recorder::putBack(Batch&& batch) {
  const MutexLock lock(mutex_);
  for (const auto& [session, at] : batch.touched) {
    TimePoint& last = waiting_.touched[session];
    last = std::max(last, at);
  }
  waiting_.tied.merge(batch.tied);  // what came meanwhile is younger and stays
  std::move(waiting_.events.begin(), waiting_.events.end(), std::back_inserter(batch.events));
  if (batch.events.size() > maxEvents) {
    lost_ += batch.events.size() - maxEvents;
    batch.events.resize(maxEvents);
  }
  waiting_.events = std::move(batch.events);
  writing_.clear();
}

std::optional<TimePoint> Recorder::pendingActivity(const SessionId& session) const {
  const MutexLock lock(mutex_);
  if (const auto found = waiting_.touched.find(session); found != waiting_.touched.end())
    return found->second;
  if (const auto found = writing_.find(session); found != writing_.end()) return found->second;
  return std::nullopt;
}

std::uint64_t Recorder::lost() const {
  const MutexLock lock(mutex_);
  return lost_;
}

}  // namespace glitch_protocol
