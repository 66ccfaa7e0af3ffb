#include "tests/support/connection_fixture.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "tests/support/waiting.h"
#include "web/connection/address.h"

/// ThreadSanitizer knows that EPOLL_CTL_ADD publishes a socket to the thread that gets its event, but not
/// that EPOLL_CTL_MOD does, so it reports the close of a socket as a race with the call that armed it. The
/// function named here only closes.
extern "C" const char* __tsan_default_suppressions() {
  return "race:glitch_protocol::web::Descriptor::close\n";
}

namespace glitch_protocol::web::testing {
void ScriptedHandler::handle(const Request& request, Answer& response, Exchange& exchange) {
  const bool slow = request.path().starts_with("/slow");
  if (exchange.stage == Stage::arrived && (slow || request.path().starts_with("/durable"))) {
    const std::string from(request.fields.value("X-From"));
    exchange.queueing =
        Queueing{slow ? Lane::hashing : Lane::commit, from.empty() ? exchange.peer.address : from, {}};
    return;
  }
  if (script_) return script_(request, response, exchange);
  setText(response,
          std::string(request.method).append(" ").append(request.path()).append(" ").append(request.body));
}

Log::Sink LogLines::sink() {
  return [this](std::string_view line) {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  };
}

std::size_t LogLines::count(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  std::size_t found = 0;
  for (const auto& line : lines_) {
    if (line.find(text) != std::string::npos) ++found;
  }
  return found;
}

namespace {

class ScriptedStream final : public StreamSource {
 public:
  ScriptedStream(std::function<void(std::shared_ptr<EventSink>)> opened, std::function<void()> closed)
      : opened_(std::move(opened)), closed_(std::move(closed)) {}

  void opened(const std::shared_ptr<EventSink>& sink) override {
    if (opened_) opened_(sink);
  }
  void closed() override {
    if (closed_) closed_();
  }

 private:
  const std::function<void(std::shared_ptr<EventSink>)> opened_;
  const std::function<void()> closed_;
};

}  // namespace

std::shared_ptr<StreamSource> scriptedStream(std::function<void(std::shared_ptr<EventSink>)> opened,
                                             std::function<void()> closed) {
  return std::make_shared<ScriptedStream>(std::move(opened), std::move(closed));
}

void setText(Answer& answer, std::string text) {
  answer.body = std::move(text);
  answer.contentType = "text/plain";
}

ConnectionLimits smallLimits() {
  ConnectionLimits limits;
  limits.workers = 2;
  limits.commitThreads = 2;
  limits.hashingThreads = 1;
  return limits;
}

TestServer::TestServer(ScriptedHandler::Script script, ConnectionLimits limits)
    : TestServer(Unstarted{}, std::move(script), limits) {
  server.listen("127.0.0.1:0");
  server.start();
}

TestServer::TestServer(Unstarted, ScriptedHandler::Script script, ConnectionLimits limits)
    : log_(
          LogLevel::debug, LogFormat::text,
          [this] { return std::chrono::system_clock::time_point(clock.now().time_since_epoch()); },
          logLines.sink()),
      handler_(std::move(script)),
      server(limits, handler_, log_, [this] { return clock.now(); }) {}

TestServer::~TestServer() = default;

void TestServer::start() {
  server.start();
}

void TestServer::pass(std::chrono::milliseconds time) {
  clock.advance(time);
  server.tick();
}

RawClient::RawClient(const std::string& address)
    : RawClient(address,
                Descriptor(::socket(parseAddress(address).family(), SOCK_STREAM | SOCK_CLOEXEC, 0))) {}

RawClient::RawClient(const std::string& text, Descriptor socket) : socket_(std::move(socket)) {
  const SocketAddress address = parseAddress(text);
  timeval limit{};
  limit.tv_sec = testPatience.count();
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(socket_.get(), address.get(), address.length) != 0)
    throw std::runtime_error("cannot connect to " + text);
}

RawClient& RawClient::say(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) break;  // the server has closed the connection; the answer shows why
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return *this;
}

RawClient& RawClient::sayByteByByte(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) say(bytes.substr(i, 1));
  return *this;
}

void RawClient::endSending() {
  ::shutdown(socket_.get(), SHUT_WR);
}

void RawClient::reset() {
  const linger atOnce{1, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce);
  socket_.close();
}

bool RawClient::fill() {
  std::array<char, 16384> bytes{};
  const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
  if (count > 0) received_.append(bytes.data(), static_cast<std::size_t>(count));
  return count > 0;
}

RawClient::Answer RawClient::answer(To to) {
  Answer answer;
  std::size_t headEnd = std::string::npos;
  while ((headEnd = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return answer;
  }
  answer.head = received_.substr(0, headEnd + 2);
  received_.erase(0, headEnd + 4);
  if (answer.head.size() > 12) answer.status = std::atoi(answer.head.c_str() + 9);
  const std::string length = answer.header("Content-Length");
  if (to == To::head || length.empty()) return answer;
  const auto size = static_cast<std::size_t>(std::stoul(length));
  while (received_.size() < size && fill()) {
  }
  answer.body = received_.substr(0, size);
  received_.erase(0, size);
  return answer;
}

std::string RawClient::Answer::header(std::string_view name) const {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const std::size_t found = head.find(start);
  if (found == std::string::npos) return {};
  const std::size_t begin = found + start.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

bool RawClient::hears(std::string_view text) {
  while (received_.find(text) == std::string::npos) {
    if (!fill()) return false;
  }
  received_.erase(0, received_.find(text) + text.size());
  return true;
}

std::string RawClient::rest() {
  while (fill()) {
  }
  return std::exchange(received_, {});
}

bool RawClient::closed() {
  char byte = 0;
  const ssize_t count = ::recv(socket_.get(), &byte, 1, 0);
  return received_.empty() && (count == 0 || (count < 0 && errno == ECONNRESET));
}

bool RawClient::isOpen() const {
  char byte = 0;
  return ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

int statusOf(const std::string& address, std::string_view request) {
  return RawClient(address).say(request).answer().status;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = std::filesystem::temp_directory_path().string() + "/connection-XXXXXX";
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("cannot make a directory");
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::filesystem::remove_all(path_);
}

}  // namespace glitch_protocol::web::testing
