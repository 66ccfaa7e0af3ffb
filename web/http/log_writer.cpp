// Writes log lines on a separate thread.
//
// A write(2) to a pipe blocks while the pipe is full, and O_NONBLOCK would affect every process that shares
// it. So the thread polls for space first and writes at most PIPE_BUF bytes, which a pipe with space accepts
// at once. This leaves terminals, and pipes that another process fills between the two calls: there the
// thread may block in write(2) forever and has to be detached. Therefore it shares ownership of the queue and
// has its own duplicate of the descriptor.

#include "web/http/log_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "engine/sync/mutex.h"
#include "web/http/descriptor.h"
#include "web/http/wake.h"

namespace glitch_protocol::web {
namespace {

std::uint64_t linesIn(std::string_view text) {
  return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

/// As many complete lines from the start of `lines` as a pipe accepts in one piece; at least one.
std::string_view nextPiece(std::string_view lines) {
  if (lines.size() <= PIPE_BUF) return lines;
  const std::size_t end = lines.rfind('\n', PIPE_BUF - 1);
  return lines.substr(0, (end == std::string_view::npos ? lines.find('\n') : end) + 1);
}

}  // namespace

/// The queue that callers and the writing thread share. *Thread-safe*, except run(), which only that thread
/// calls.
class LogWriter::Queue {
 public:
  Queue(int descriptor, DroppedLine droppedLine, LogWriterLimits limits)
      : duplicate_(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)),
        descriptor_(duplicate_ ? duplicate_.get() : descriptor),
        droppedLine_(std::move(droppedLine)),
        limits_(limits) {}

  void add(std::string_view line);
  void countDropped();
  void run();
  /// Stops run() within the limits; returns whether it has ended.
  bool end();
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  std::string takeWaiting();
  void writePiece(std::string_view piece);
  std::size_t writeBytes(std::string_view bytes);
  bool awaitRoom();
  void drop(std::uint64_t lines) REQUIRES(mutex_);
  void reportDropped() REQUIRES(mutex_);

  // constant after construction
  const Descriptor duplicate_;
  const int descriptor_;
  const DroppedLine droppedLine_;
  const LogWriterLimits limits_;
  // lock themselves
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<bool> abandoned_{false};
  Wake giveUp_;
  // the thread's own
  bool inMidLine_ = false;

  Mutex mutex_;
  Condition changed_;
  Condition ended_;
  std::string waiting_ GUARDED_BY(mutex_);           ///< whole lines
  std::size_t held_ GUARDED_BY(mutex_) = 0;          ///< bytes in waiting_ and being written
  std::uint64_t unreported_ GUARDED_BY(mutex_) = 0;  ///< dropped lines that no line reports yet
  bool isFull_ GUARDED_BY(mutex_) = false;           ///< until no more than half waits
  bool isBroken_ GUARDED_BY(mutex_) = false;         ///< the last write(2) failed
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool hasEnded_ GUARDED_BY(mutex_) = false;
};

void LogWriter::Queue::add(std::string_view line) {
  const MutexLock lock(mutex_);
  if (isFull_ && held_ <= limits_.queueBytes / 2) isFull_ = false;
  if (held_ + line.size() > limits_.queueBytes) isFull_ = true;
  if (isFull_) return drop(1);
  reportDropped();
  try {
    waiting_.append(line);
    held_ += line.size();
  } catch (const std::bad_alloc&) {
    drop(1);
  }
  changed_.notifyOne();
}

void LogWriter::Queue::countDropped() {
  const MutexLock lock(mutex_);
  drop(1);
}

void LogWriter::Queue::drop(std::uint64_t lines) {
  unreported_ += lines;
  dropped_.fetch_add(lines, std::memory_order_relaxed);
}

void LogWriter::Queue::reportDropped() {
  if (unreported_ == 0 || isBroken_) return;
  try {
    const std::string line = droppedLine_(unreported_);
    waiting_.append(line);
    held_ += line.size();
    unreported_ = 0;
  } catch (const std::bad_alloc&) {
    // Reported with the next line.
  }
}

void LogWriter::Queue::run() {
  for (std::string lines = takeWaiting(); !lines.empty(); lines = takeWaiting()) {
    for (std::string_view rest = lines; !rest.empty() && !abandoned_.load();) {
      const std::string_view piece = nextPiece(rest);
      writePiece(piece);
      rest.remove_prefix(piece.size());
    }
  }
  const MutexLock lock(mutex_);
  hasEnded_ = true;
  ended_.notifyAll();
}

/// Waits for lines; "" means that run() must end.
std::string LogWriter::Queue::takeWaiting() {
  MutexLock lock(mutex_);
  if (waiting_.empty()) reportDropped();
  changed_.wait(lock, [this]() REQUIRES(mutex_) { return stopping_ || !waiting_.empty(); });
  return abandoned_.load() ? std::string() : std::exchange(waiting_, {});
}

void LogWriter::Queue::writePiece(std::string_view piece) {
  std::size_t unwritten = piece.size();
  if (!inMidLine_ || writeBytes("\n") == 0) unwritten = writeBytes(piece);
  const MutexLock lock(mutex_);
  held_ -= piece.size();
  isBroken_ = unwritten > 0;
  drop(linesIn(piece.substr(piece.size() - unwritten)));
}

/// Returns the number of bytes at the end that could not be written.
std::size_t LogWriter::Queue::writeBytes(std::string_view bytes) {
  while (!bytes.empty() && awaitRoom()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) break;
    inMidLine_ = bytes[static_cast<std::size_t>(count) - 1] != '\n';
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return bytes.size();
}

/// False when the remaining lines are to be abandoned.
bool LogWriter::Queue::awaitRoom() {
  std::array<pollfd, 2> watched{{{descriptor_, POLLOUT, 0}, {giveUp_.descriptor(), POLLIN, 0}}};
  while (!abandoned_.load()) {
    // The descriptor is ready after an error too; write(2) then reports the error.
    if (::poll(watched.data(), watched.size(), -1) > 0 && watched[0].revents != 0) return !abandoned_.load();
  }
  return false;
}

bool LogWriter::Queue::end() {
  MutexLock lock(mutex_);
  reportDropped();
  stopping_ = true;
  changed_.notifyOne();
  if (ended_.waitFor(lock, limits_.lastWrites, [this]() REQUIRES(mutex_) { return hasEnded_; })) return true;
  abandoned_.store(true);
  giveUp_.signal();
  return ended_.waitFor(lock, limits_.lastWord, [this]() REQUIRES(mutex_) { return hasEnded_; });
}

LogWriter::LogWriter(int descriptor, DroppedLine droppedLine, LogWriterLimits limits)
    : queue_(std::make_shared<Queue>(descriptor, std::move(droppedLine), limits)) {
  try {
    thread_ = std::thread([queue = queue_] {
      // Other threads handle signals, SIGPIPE included.
      sigset_t all;
      ::sigfillset(&all);
      ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
      queue->run();
    });
  } catch (const std::system_error& error) {
    throw std::runtime_error("cannot start the thread that writes the log (" + std::string(error.what()) +
                             "): allow more threads (ulimit -u, TasksMax) or more memory");
  }
}

LogWriter::~LogWriter() {
  queue_->end() ? thread_.join() : thread_.detach();
}

void LogWriter::write(std::string_view line) {
  queue_->add(line);
}

void LogWriter::countDropped() {
  queue_->countDropped();
}

std::uint64_t LogWriter::dropped() const {
  return queue_->dropped();
}

}  // namespace glitch_protocol::web
