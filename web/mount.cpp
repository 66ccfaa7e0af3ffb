#include "web/mount.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "web/connection/refusal.h"
#include "web/routes.h"

namespace glitch_protocol::web {

namespace {

constexpr std::chrono::seconds heartbeat{20};
constexpr std::size_t maxWaitingBytes = 64 * 1024;

/// Between those who send events and the one thread that httplib keeps for the stream. *Thread-safe.*
class EventQueue : public EventSink {
 public:
  void send(std::shared_ptr<const std::string> bytes) override {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    waitingBytes_ += bytes->size();
    waiting_.push_back(std::move(bytes));
    if (waitingBytes_ > maxWaitingBytes) abandon();
    changed_.notify_one();
  }

  void finish() override {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_one();
  }

  /// Waits for something to send and sends it; false when the peer is gone.
  bool pump(httplib::DataSink& connection) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, heartbeat, [&] { return finished_ || !waiting_.empty(); });
    if (waiting_.empty() && finished_) {
      lock.unlock();
      connection.done();
      return true;
    }
    const std::string bytes = waiting_.empty() ? ":\n\n" : takeWaiting();
    lock.unlock();
    return connection.write(bytes.data(), bytes.size());
  }

 private:
  // A reader that has stalled: it connects again and is told the present state.
  void abandon() {
    waiting_.clear();
    waitingBytes_ = 0;
    finished_ = true;
  }

  std::string takeWaiting() {
    std::string bytes;
    bytes.reserve(waitingBytes_);
    for (const auto& part : waiting_) bytes += *part;
    waiting_.clear();
    waitingBytes_ = 0;
    return bytes;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  // guarded by mutex_
  std::deque<std::shared_ptr<const std::string>> waiting_;
  std::size_t waitingBytes_ = 0;
  bool finished_ = false;
};

/// An event stream on a thread of httplib's. Its end is this object's: httplib may copy the functions that
/// hold it. *Thread-safe.*
class MountedStream {
 public:
  explicit MountedStream(StreamOpening opening) : opening_(std::move(opening)) {
    if (opening_.opened) opening_.opened(queue_);
  }
  ~MountedStream() {
    if (opening_.closed) opening_.closed();
  }
  MountedStream(const MountedStream&) = delete;
  MountedStream& operator=(const MountedStream&) = delete;

  bool pump(httplib::DataSink& connection) { return queue_->pump(connection); }

 private:
  // constant after construction
  const StreamOpening opening_;
  // locks itself
  const std::shared_ptr<EventQueue> queue_ = std::make_shared<EventQueue>();
};

void serveStream(const httplib::Request& request, httplib::Response& response, StreamOpening opening) {
  const std::string type = response.get_header_value("Content-Type");
  response.headers.erase("Content-Type");  // set again, not replaced, by what follows
  const auto stream = std::make_shared<MountedStream>(std::move(opening));
  const auto provider = [stream](std::size_t, httplib::DataSink& connection) {
    return stream->pump(connection);
  };
  if (request.version == "HTTP/1.0") {
    response.set_content_provider(type, provider);
  } else {
    response.set_chunked_content_provider(type, provider);
  }
}

void answer(Api& api, const httplib::Request& request, httplib::Response& response) {
  Exchange exchange{{request.remote_addr, false}, nextRequestId()};
  setCommonHeaders(response, exchange.requestId);
  answerAtOnce(api, request, response, exchange);
  if (exchange.stream) serveStream(request, response, std::move(*exchange.stream));
}

}  // namespace

void mountAuthRoutes(httplib::Server& server, Api& api) {
  const auto handler = [&api](const httplib::Request& request, httplib::Response& response) {
    answer(api, request, response);
  };
  for (const Route& route : routes()) {
    // Patterns of httplib are regular expressions; the paths hold nothing that means more than itself.
    const std::string path(route.path);
    server.Get(path, handler);
    server.Post(path, handler);
    server.Put(path, handler);
    server.Patch(path, handler);
    server.Delete(path, handler);
    server.Options(path, handler);
  }
}

}  // namespace glitch_protocol::web
