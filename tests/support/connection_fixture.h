// For tests of the connection layer: a server on a port that the system chose, with a manual clock and a
// scripted handler, and a client that sends exactly the given bytes.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/waiting.h"
#include "web/connection/server.h"
#include "web/http/descriptor.h"

namespace glitch_protocol::web::testing {

/// A manual steady clock. *Thread-safe.*
class HandClock {
 public:
  void advance(std::chrono::milliseconds by) { milliseconds_.fetch_add(by.count()); }
  std::chrono::steady_clock::time_point now() const {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(milliseconds_.load()));
  }

 private:
  std::atomic<std::int64_t> milliseconds_{1'000'000};
};

/// Answers "<method> <path> <body>" unless told otherwise. The first word of the path selects the lane:
/// /slow, /durable. Places are charged to the address in X-From, if present.
class ScriptedHandler final : public RequestHandler {
 public:
  using Script = std::function<void(const Request&, Answer&, Exchange&)>;
  explicit ScriptedHandler(Script script) : script_(std::move(script)) {}

  void handle(const Request& request, Answer& response, Exchange& exchange) override;

 private:
  const Script script_;
};

/// Collects log lines. *Thread-safe.*
class LogLines {
 public:
  Log::Sink sink();
  bool contain(std::string_view text) const { return count(text) > 0; }
  /// The number of lines that contain the text.
  std::size_t count(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

ConnectionLimits smallLimits();

/// A stream source that calls these functions when the stream opens and ends; either may be empty.
std::shared_ptr<StreamSource> scriptedStream(std::function<void(std::shared_ptr<EventSink>)> opened = {},
                                             std::function<void()> closed = {});

/// Sets a plain-text body.
void setText(Answer& answer, std::string text);

/// A server on 127.0.0.1 that is stopped at the end of its scope.
class TestServer {
 public:
  explicit TestServer(ScriptedHandler::Script script = {}, ConnectionLimits limits = smallLimits());
  ~TestServer();

  /// Prepares the server without starting it.
  struct Unstarted {};
  TestServer(Unstarted, ScriptedHandler::Script script, ConnectionLimits limits = smallLimits());
  void start();

  /// Moves the clock and makes the server check its deadlines.
  void pass(std::chrono::milliseconds time);
  std::string address() const { return server.addresses().front(); }

  HandClock clock;
  LogLines logLines;

 private:
  Log log_;
  ScriptedHandler handler_;

 public:
  ConnectionServer server;
};

/// A client. Every wait ends after some seconds with what has arrived until then, so a defect of the server
/// fails a check instead of hanging the test. *One thread at a time.*
class RawClient {
 public:
  explicit RawClient(const std::string& address);
  /// Uses an existing socket.
  RawClient(const std::string& address, Descriptor socket);

  RawClient& say(std::string_view bytes);
  RawClient& sayByteByByte(std::string_view bytes);
  void endSending();
  /// Closes the connection with a reset.
  void reset();

  struct Answer {
    int status = 0;
    std::string head;
    std::string body;
    std::string header(std::string_view name) const;
  };
  /// The next answer; status 0 when the connection ended without one. `toHead`: the answer has no body,
  /// whatever its length says.
  enum class To { anyMethod, head };
  Answer answer(To to = To::anyMethod);
  /// Reads until `text` has arrived; false when the connection ended before.
  bool hears(std::string_view text);
  /// Reads until the server closes the connection.
  std::string rest();
  /// Whether the server has closed the connection without sending more bytes.
  bool closed();
  /// Whether the server has neither sent more bytes nor closed the connection; does not wait.
  bool isOpen() const;
  int descriptor() const { return socket_.get(); }

 private:
  bool fill();

  Descriptor socket_;
  std::string received_;
};

/// Sends the request and returns the status of the answer.
int statusOf(const std::string& address, std::string_view request);

/// A directory that is removed at the end of its scope.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

constexpr std::string_view plainGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace glitch_protocol::web::testing
