#include "web/api/mount.h"

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sync/mutex.h"
#include "engine/text/ascii.h"
#include "web/api/api_handler.h"
#include "web/api/httplib_bridge.h"
#include "web/api/routes.h"
#include "web/connection/framing.h"
#include "web/connection/refusal.h"
#include "web/http/common_fields.h"

namespace glitch_protocol::web {

namespace {

constexpr std::chrono::seconds heartbeat{20};
constexpr std::size_t maxWaitingBytes = 64 * 1024;
constexpr std::size_t maxBodyBytes = FramingLimits{}.bodyBytes;
/// How much of an oversized body is read and discarded so that the client can read the answer.
constexpr std::size_t maxDrainedBytes = 64 * 1024;

/// Passes events from their senders to the httplib thread that serves the stream. *Thread-safe.*
class EventQueue : public EventSink {
 public:
  void send(std::shared_ptr<const std::string> bytes) override {
    const MutexLock lock(mutex_);
    if (finished_) return;
    // Only bytes that already wait count, as in web/connection/: a single event may exceed the limit.
    if (waitingBytes_ > maxWaitingBytes) {
      abandon();
    } else {
      waitingBytes_ += bytes->size();
      waiting_.push_back(std::move(bytes));
    }
    changed_.notifyOne();
  }

  void finish() override {
    const MutexLock lock(mutex_);
    finished_ = true;
    changed_.notifyOne();
  }

  /// Waits for bytes and sends them; false when the peer has disconnected.
  bool pump(httplib::DataSink& connection) {
    MutexLock lock(mutex_);
    changed_.waitFor(lock, heartbeat, [&]() REQUIRES(mutex_) { return finished_ || !waiting_.empty(); });
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
  // The reader has stalled: it reconnects and receives the current state.
  void abandon() REQUIRES(mutex_) {
    waiting_.clear();
    waitingBytes_ = 0;
    finished_ = true;
  }

  std::string takeWaiting() REQUIRES(mutex_) {
    std::string bytes;
    bytes.reserve(waitingBytes_);
    for (const auto& part : waiting_) bytes += *part;
    waiting_.clear();
    waitingBytes_ = 0;
    return bytes;
  }

  Mutex mutex_;
  Condition changed_;
  std::deque<std::shared_ptr<const std::string>> waiting_ GUARDED_BY(mutex_);
  std::size_t waitingBytes_ GUARDED_BY(mutex_) = 0;
  bool finished_ GUARDED_BY(mutex_) = false;
};

/// An event stream on an httplib thread. Destroying it reports the end of the stream, since httplib may copy
/// the functions that hold it. *Thread-safe.*
class MountedStream {
 public:
  explicit MountedStream(std::shared_ptr<StreamSource> source) : source_(std::move(source)) {
    source_->opened(queue_);
  }
  ~MountedStream() { source_->closed(); }
  MountedStream(const MountedStream&) = delete;
  MountedStream& operator=(const MountedStream&) = delete;

  bool pump(httplib::DataSink& connection) { return queue_->pump(connection); }

 private:
  // constant after construction
  const std::shared_ptr<StreamSource> source_;
  // locks itself
  const std::shared_ptr<EventQueue> queue_ = std::make_shared<EventQueue>();
};

void serveStream(const httplib::Request& request, httplib::Response& response, std::string_view type,
                 std::shared_ptr<StreamSource> source) {
  const auto stream = std::make_shared<MountedStream>(std::move(source));
  const auto provider = [stream](std::size_t, httplib::DataSink& connection) {
    return stream->pump(connection);
  };
  if (request.version == "HTTP/1.0") {
    response.set_content_provider(std::string(type), provider);
  } else {
    response.set_chunked_content_provider(std::string(type), provider);
  }
}

/// The body of a request, read from the socket by httplib up to the limit. *One thread at a time.*
class BoundedBody {
 public:
  enum class Reading {
    whole,   ///< the body was read completely; another request may follow
    broken,  ///< part of the body is unread or malformed: the connection must close
  };

  Reading read(const httplib::Request& request, const httplib::ContentReader& reader) {
    if (!request.has_header("Content-Length") && !request.has_header("Transfer-Encoding"))
      return Reading::whole;
    const auto receive = [this](const char* bytes, std::size_t size) { return take({bytes, size}); };
    const bool done = request.is_multipart_form_data()
                          ? reader([](const auto&) { return true; }, httplib::ContentReceiver(receive))
                          : reader(httplib::ContentReceiver(receive));
    return done ? Reading::whole : Reading::broken;
  }

  bool isTooLarge() const { return received_ > maxBodyBytes; }
  std::string takeText() { return std::move(text_); }

 private:
  bool take(std::string_view bytes) {
    received_ += bytes.size();
    if (!isTooLarge()) text_.append(bytes);
    return received_ <= maxBodyBytes + maxDrainedBytes;
  }

  std::string text_;
  std::size_t received_ = 0;
};

/// Refuses as the connection layer does. After a body that was not read completely, httplib would parse the
/// rest as the next request. httplib closes a connection only when a content provider fails, so this provider
/// fails after its last byte.
void refuse(httplib::Response& response, const Refusal& refusal, BoundedBody::Reading reading) {
  response.status = refusal.status;
  setCommonFields(response, nextRequestId());
  std::string body = refusalBody(refusal);
  const char* const type = "application/json; charset=utf-8";
  if (reading == BoundedBody::Reading::whole) return response.set_content(body, type);
  const std::size_t size = body.size();
  response.set_header("Connection", "close");
  response.set_content_provider(
      size, type,
      [body = std::move(body)](std::size_t offset, std::size_t length, httplib::DataSink& connection) {
        connection.write(body.data() + offset, length);
        return false;
      });
}

bool isNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The refusal for a request of which a proxy may see another end or another host than httplib; null for others. These
/// are the checks of the connection layer (framing.h) for which httplib keeps enough of the header.
const Refusal* framingRefusalOf(const FieldList& fields) {
  const FieldList::Lookup length = fields.find("Content-Length");
  const FieldList::Lookup coding = fields.find("Transfer-Encoding");
  if (length.count > 1 || (length.count == 1 && !isNumber(length.value))) return &refusals::badLength;
  if (coding.count > 1 || (coding.count == 1 && length.count == 1)) return &refusals::badCoding;
  if (coding.count == 1 && !equalIgnoringCase(coding.value, "chunked")) return &refusals::unknownCoding;
  if (fields.find("Host").count > 1) return &refusals::badHost;
  return nullptr;
}

void answer(ApiHandler& api, const httplib::Request& request, httplib::Response& response,
            std::string_view body) {
  const std::vector<Field> fields = fieldsOf(request);
  if (const Refusal* refusal = framingRefusalOf(FieldList(fields)))
    return refuse(response, *refusal, BoundedBody::Reading::broken);
  Exchange exchange{{request.remote_addr, false}, nextRequestId()};
  Answer answer;
  answerAtOnce(api, requestOf(request, fields, body), answer, exchange);
  const std::string_view type = answer.contentType;
  if (exchange.stream) answer.body.clear();
  sendAnswer(answer, exchange.requestId, response);
  if (exchange.stream) serveStream(request, response, type, std::move(exchange.stream));
}

void answerWithBody(ApiHandler& api, const httplib::Request& request, httplib::Response& response,
                    const httplib::ContentReader& reader) {
  BoundedBody body;
  const auto reading = body.read(request, reader);
  if (body.isTooLarge()) return refuse(response, refusals::bodyTooLarge, reading);
  if (reading == BoundedBody::Reading::broken) return refuse(response, refusals::cutShort, reading);
  answer(api, request, response, body.takeText());
}

/// httplib calls the body handler when it expects a body: old versions always do for these methods, newer
/// ones only when the request announces one.
template <class Handler, class BodyHandler>
void mountWithBody(httplib::Server& server, const std::string& path, const Handler& handler,
                   const BodyHandler& bodyHandler) {
  server.Post(path, bodyHandler).Post(path, handler);
  server.Put(path, bodyHandler).Put(path, handler);
  server.Patch(path, bodyHandler).Patch(path, handler);
  server.Delete(path, bodyHandler).Delete(path, handler);
}

/// httplib's patterns are regular expressions. A path has one special character at most: the dot.
std::string patternOf(std::string_view path) {
  std::string pattern;
  for (const char c : path) {
    if (c == '.') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace

inline namespace v1 {

void mountAuthRoutes(httplib::Server& server, Api& api) {
  mountAuthRoutes(server, api.handler());
}

void mountAuthRoutes(httplib::Server& server, ApiHandler& api) {
  const auto handler = [&api](const httplib::Request& request, httplib::Response& response) {
    answer(api, request, response, request.body);
  };
  const auto bodyHandler = [&api](const httplib::Request& request, httplib::Response& response,
                                  const httplib::ContentReader& reader) {
    answerWithBody(api, request, response, reader);
  };
  for (const Route& route : api.routes()) {
    const std::string path = patternOf(route.path);
    server.Get(path, handler);
    server.Options(path, handler);
    mountWithBody(server, path, handler, bodyHandler);
  }
}

}  // namespace v1

}  // namespace glitch_protocol::web
