// What the tests of the connection layer stand on: a server on a port of the system's choice with a
// hand-turned clock and a scripted handler, and a client that says exactly the bytes it is told to.
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

/// A steady clock that moves by hand. *Thread-safe.*
class HandClock {
 public:
  void advance(std::chrono::milliseconds by) { milliseconds_.fetch_add(by.count()); }
  std::chrono::steady_clock::time_point now() const {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(milliseconds_.load()));
  }

 private:
  std::atomic<std::int64_t> milliseconds_{1'000'000};
};

/// Answers "<method> <path> <body>" unless told otherwise. The lane is the path's first word: /slow,
/// /durable. Places count for the address in X-From, if there is one.
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
  /// How many lines contain it.
  std::size_t count(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

ConnectionLimits smallLimits();

/// An event stream whose opening and end call these functions; either may be empty.
std::shared_ptr<StreamSource> scriptedStream(std::function<void(std::shared_ptr<EventSink>)> opened = {},
                                             std::function<void()> closed = {});

/// Makes the answer a plain text.
void setText(Answer& answer, std::string text);

/// A server that listens on 127.0.0.1 and is stopped at the end of its scope.
class TestServer {
 public:
  explicit TestServer(ScriptedHandler::Script script = {}, ConnectionLimits limits = smallLimits());
  ~TestServer();

  /// For what has to happen before it starts.
  struct Unstarted {};
  TestServer(Unstarted, ScriptedHandler::Script script, ConnectionLimits limits = smallLimits());
  void start();

  /// Moves the clock and lets the server look at it.
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

/// One client. Every wait of it ends after some seconds with what has come until then, so a fault of the
/// server is a failed check and no hanging test. *One thread at a time.*
class RawClient {
 public:
  explicit RawClient(const std::string& address);
  /// The same over a socket that exists already.
  RawClient(const std::string& address, Descriptor socket);

  RawClient& say(std::string_view bytes);
  RawClient& sayByteByByte(std::string_view bytes);
  void endSending();
  /// Closes with a reset instead of an end.
  void reset();

  struct Answer {
    int status = 0;
    std::string head;
    std::string body;
    std::string header(std::string_view name) const;
  };
  /// The next answer; status 0 when the connection ended without one. `toHead` has no body, whatever its
  /// length says.
  enum class To { anyMethod, head };
  Answer answer(To to = To::anyMethod);
  /// Reads until `text` has come; false when the connection ended before.
  bool hears(std::string_view text);
  /// Everything until the server closes.
  std::string rest();
  /// Whether the server has ended the connection, without more bytes.
  bool closed();
  /// Whether the server has neither said anything more nor ended the connection; does not wait.
  bool isOpen() const;
  int descriptor() const { return socket_.get(); }

 private:
  bool fill();

  Descriptor socket_;
  std::string received_;
};

/// Says the request and returns the answer's status.
int statusOf(const std::string& address, std::string_view request);

/// A directory that goes with its scope.
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
