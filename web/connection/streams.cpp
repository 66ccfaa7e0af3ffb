// Serves the event streams. A stream passes through these states:
//
//   open() --> arrived --adopt--> waiting for events <--flush--> waiting for room --+
//                                        |                                         |
//                 finish() or finishAll: finishing; bound exceeded: dropped         |
//                                        v                                         |
//                                      close <----client gone, deadline passed------+
//
// What is guaranteed in each state:
//  arrived             The head is queued and source->opened() has returned. Events queue up; nothing is written, and
//                      the thread of the streams does not know the stream yet.
//  waiting for events  The last flush has written everything and freed the memory of the queue; the next event leads to
//                      another flush. The epoll watches only for the end of the client.
//  waiting for room    The socket is full and the queue is not empty. The epoll also watches for writability, and
//                      the write deadline runs.
//  finishing           No more events are accepted; the queue is still written, until the write deadline.
//  dropped             The queue is empty; the stream is closed at the next flush.
//  closed              The socket is closed, the queue is empty, source->closed() has been called once, and the
//                      descriptor is no longer in `entries_`.
//
// A queue has at most the bound plus one event. Only the thread of the streams touches sockets and `entries_`.

#include "web/connection/streams.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <exception>
#include <new>
#include <system_error>

namespace glitch_protocol::web {
namespace {

constexpr std::chrono::milliseconds checkInterval{1'000};
constexpr std::chrono::milliseconds reliefInterval{20};

const std::shared_ptr<const std::string>& heartbeatComment() {
  static const auto comment = std::make_shared<const std::string>(":\n\n");
  return comment;
}

}  // namespace

Streams::Streams(Settings settings, MemoryBudget& memory, Log& log, Hooks hooks)
    : settings_(std::move(settings)),
      log_(log),
      hooks_(std::move(hooks)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      queuedEvents_(memory) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_.descriptor();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.descriptor(), &event);
}

Streams::~Streams() {
  stop();
}

void Streams::start() {
  thread_ = std::thread([this] { run(); });
}

void Streams::stop() {
  stopping_.store(true);
  wake_.signal();
  if (thread_.joinable()) thread_.join();
}

void Streams::open(Transport transport, std::string_view head, std::shared_ptr<StreamSource> source) {
  std::shared_ptr<Stream> stream;
  const bool made = guarded([&] {
    auto bytes = std::make_shared<const std::string>(head);
    stream = std::make_shared<Stream>(*this, std::move(transport), settings_.bufferBytes, source);
    stream->send(std::move(bytes));
  });
  if (!made) return hooks_.gone();
  count_.fetch_add(1);
  const bool opened = guarded([&] { source->opened(stream); });
  if (!opened) stream->finish();
  const bool arrived = guarded([&] {
    const MutexLock lock(mutex_);
    news_.arrived.push_back(stream);
  });
  if (!arrived) return end(*stream);
  wake_.signal();
}

void Streams::finishAll() {
  finishing_.store(true);
  wake_.signal();
}

void Streams::tick() {
  tickAsked_.store(true);
  wake_.signal();
}

void Streams::announce(std::shared_ptr<Stream> stream) {
  bool first = false;
  {
    const MutexLock lock(mutex_);
    first = news_.announced.empty();
    try {
      news_.announced.push_back(std::move(stream));
    } catch (const std::bad_alloc&) {
      first = !std::exchange(news_.anyAnnounced, true);
    }
  }
  if (first) wake_.signal();
}

void Streams::run() {
  std::array<epoll_event, 256> events{};
  std::chrono::milliseconds interval = checkInterval;
  while (!stopping_.load()) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                   static_cast<int>(interval.count()));
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      event.data.fd == wake_.descriptor() ? wake_.clear() : handleEvent(event.data.fd, event.events);
    }
    handleNews();
    interval = checkInterval;
    guarded([&] {
      checkTimers();
      if (!hooks_.relieve()) interval = reliefInterval;
    });
  }
  handleNews();
  while (!entries_.empty()) close(entries_.begin()->first);
}

void Streams::handleEvent(int descriptor, unsigned events) {
  const auto found = entries_.find(descriptor);
  if (found == entries_.end()) return;
  // A client that finishes sending has left: browsers and proxies have no other way to leave a stream.
  const bool left = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if (left || ((events & EPOLLIN) != 0 && !found->second.stream->discardInput())) return close(descriptor);
  if ((events & EPOLLOUT) != 0) flush(found->second);
}

void Streams::handleNews() {
  News news;
  {
    const MutexLock lock(mutex_);
    std::swap(news, news_);
  }
  for (const auto& stream : news.arrived) adopt(stream);
  if (finishing_.load() && !std::exchange(finishedAll_, true)) {
    for (auto& [descriptor, entry] : entries_) entry.stream->finish();
  }
  if (news.anyAnnounced) flushAll();
  for (const auto& stream : news.announced) {
    // A stream that has not arrived yet is flushed when it does; a closed one has no descriptor.
    const auto found = entries_.find(stream->descriptor());
    if (found != entries_.end() && found->second.stream == stream) flush(found->second);
  }
}

void Streams::adopt(const std::shared_ptr<Stream>& stream) {
  const int descriptor = stream->descriptor();
  if (!guarded([&] { entries_[descriptor].stream = stream; })) return end(*stream);
  // After the peer has vanished, the next heartbeat is sent within one interval and must fail within the next.
  stream->limitSilence(settings_.heartbeat * 3 / 4);
  Entry& entry = entries_.find(descriptor)->second;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP;
  event.data.fd = descriptor;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) return close(descriptor);
  if (finishing_.load()) entry.stream->finish();
  flush(entry);
}

void Streams::flush(Entry& entry) {
  switch (entry.stream->flush(settings_.clock())) {
    case Stream::Progress::caughtUp:
      return waitFor(entry, Waiting::forEvents);
    case Stream::Progress::stalled:
      return waitFor(entry, Waiting::forRoom);
    case Stream::Progress::over:
      return close(entry.stream->descriptor());
  }
}

void Streams::waitFor(Entry& entry, Waiting waiting) {
  if (std::exchange(entry.waiting, waiting) == waiting) return;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP;
  if (waiting == Waiting::forRoom) event.events |= EPOLLOUT;
  event.data.fd = entry.stream->descriptor();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, event.data.fd, &event);
}

/// Memory ran out for announcing some streams, so all are flushed, which needs no memory.
void Streams::flushAll() {
  for (auto next = entries_.begin(); next != entries_.end();) {
    Entry& entry = (next++)->second;  // flushing may erase this entry but no other
    flush(entry);
  }
}

void Streams::close(int descriptor) {
  const auto found = entries_.find(descriptor);
  const std::shared_ptr<Stream> stream = std::move(found->second.stream);
  entries_.erase(found);
  end(*stream);
}

void Streams::end(Stream& stream) {
  guarded([&] {
    if (stream.close() == Stream::Ending::dropped) dropped_.fetch_add(1);
  });
  count_.fetch_sub(1);
  hooks_.gone();
}

void Streams::checkTimers() {
  const auto now = settings_.clock();
  if (!tickAsked_.exchange(false) && now - lastCheck_ < checkInterval) return;
  lastCheck_ = now;
  std::vector<int> stuck;
  for (auto& [descriptor, entry] : entries_) {
    entry.stream->beat(heartbeatComment(), now - settings_.heartbeat);
    if (entry.stream->isStuckSince(now - settings_.writeDeadline)) stuck.push_back(descriptor);
  }
  for (int descriptor : stuck) close(descriptor);
}

std::vector<MemoryHolder> Streams::holders() const {
  std::vector<MemoryHolder> holders;
  for (const auto& [descriptor, entry] : entries_) {
    if (const std::size_t bytes = entry.stream->heldBytes(); bytes > 0)
      holders.push_back({bytes, descriptor});
  }
  return holders;
}

template <class Step>
bool Streams::guarded(Step step) {
  try {
    step();
    return true;
  } catch (const std::exception& error) {
    log_.writeRepeatable(LogLevel::error, "stream_failed", "", {{"reason", error.what()}});
  } catch (...) {
    log_.writeRepeatable(LogLevel::error, "stream_failed", "", {{"reason", "unknown"}});
  }
  return false;
}

}  // namespace glitch_protocol::web
