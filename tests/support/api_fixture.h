// The complete HTTP API on fakes and without sockets: a test passes a request and gets the answer; every
// event and log line is recorded.
#pragma once

#include <picojson.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/accounts.h"
#include "engine/engine.h"
#include "engine/text/ascii.h"
#include "tests/catch.h"
#include "tests/support/failing_database.h"
#include "tests/support/fake_cache.h"
#include "tests/support/fake_random.h"
#include "tests/support/memory_database.h"
#include "tests/support/waiting.h"
#include "web/api/api_handler.h"
#include "web/api/event_hub.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

inline constexpr const char* goodPassword = "correct horse battery";

/// Builds a request.
class Ask {
 public:
  Ask(std::string method, std::string target) : method_(std::move(method)), target_(std::move(target)) {
    header("Host", "auth.example.org");
    header("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0");
  }

  Ask& header(const std::string& name, const std::string& value) {
    headers_.emplace_back(name, value);
    return *this;
  }
  /// Replaces all fields of that name.
  Ask& onlyHeader(const std::string& name, const std::string& value) {
    std::erase_if(headers_, [&](const auto& header) { return header.first == name; });
    return header(name, value);
  }
  Ask& bearer(const std::string& token) { return header("Authorization", "Bearer " + token); }
  Ask& cookie(const std::string& token) { return header("Cookie", "refreshToken=" + token); }
  Ask& json(const std::string& body) {
    body_ = body;
    return header("Content-Type", "application/json");
  }
  Ask& body(const std::string& bytes) {
    body_ = bytes;
    return *this;
  }

  /// Adds a query parameter, which must not need encoding.
  Ask& query(const std::string& name, const std::string& value) {
    target_ += (target_.find('?') == std::string::npos ? '?' : '&') + name + '=' + value;
    return *this;
  }

  /// Valid until the next change.
  Request request() const {
    fields_.clear();
    for (const auto& [name, value] : headers_) fields_.push_back({name, value});
    const FieldList fields(fields_);
    return {method_, target_, fields.value("Host"), fields, body_};
  }

 private:
  std::string method_;
  std::string target_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::string body_;
  mutable std::vector<Field> fields_;
};

inline Ask get(const std::string& target) {
  return {"GET", target};
}
inline Ask post(const std::string& target) {
  return {"POST", target};
}

/// Sends `count` requests at once, each on its own thread, and returns the statuses of the answers.
inline std::vector<int> statusesAtOnce(ApiHandler& api, const Ask& ask, const std::string& peer,
                                       std::size_t count) {
  std::vector<int> statuses(count);
  atOnce(count, [&](std::size_t i) {
    const Ask own = ask;
    Answer answer;
    Exchange exchange;
    exchange.peer.address = peer;
    exchange.requestId = RequestId(0x0123456789abcdef);
    answerAtOnce(api, own.request(), answer, exchange);
    statuses[i] = answer.status;
  });
  return statuses;
}

/// An answer with its parsed body.
struct Reply {
  Answer response;
  Exchange exchange;
  picojson::value json;

  int status() const { return response.status; }
  const std::string& body() const { return response.body; }
  std::string header(std::string_view name) const {
    if (equalIgnoringCase(name, "Content-Type"))
      return std::string(response.body.empty() && !exchange.stream ? response.value(name)
                                                                   : response.contentType);
    if (equalIgnoringCase(name, "Connection"))
      return response.connection == Answer::Connection::closed ? "close" : "";
    return std::string(response.value(name));
  }
  bool has(std::string_view name) const { return response.has(name); }

  /// The member at a path such as "data.user.email", as a string; booleans and numbers as JSON; "-" when it
  /// is missing.
  std::string at(const std::string& path) const {
    const picojson::value* value = find(path);
    if (value == nullptr) return "-";
    return value->is<std::string>() ? value->get<std::string>() : value->serialize();
  }
  std::string code() const { return at("code"); }
  const picojson::array& list(const std::string& path) const { return find(path)->get<picojson::array>(); }

  /// The refresh token that the answer sets as its cookie; "" when it clears the cookie, "-" when it does not
  /// set one.
  std::string cookie() const {
    if (!has("Set-Cookie")) return "-";
    const std::string field = header("Set-Cookie");
    const auto begin = field.find('=') + 1;
    return field.substr(begin, field.find(';') - begin);
  }

 private:
  const picojson::value* find(const std::string& path) const {
    const picojson::value* value = &json;
    for (std::size_t begin = 0; begin <= path.size();) {
      const auto end = std::min(path.find('.', begin), path.size());
      const std::string name = path.substr(begin, end - begin);
      if (!value->is<picojson::object>() || !value->contains(name)) return nullptr;
      value = &std::as_const(*value).get(name);
      begin = end + 1;
    }
    return value;
  }
};

/// The end of a stream that records what it is sent. *Thread-safe.*
class RecordingSink : public EventSink {
 public:
  void send(std::shared_ptr<const std::string> bytes) override {
    const std::lock_guard lock(mutex_);
    if (!finished_) text_ += *bytes;
  }
  void finish() override {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }

  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  bool finished() const {
    const std::lock_guard lock(mutex_);
    return finished_;
  }

  /// The names of the events so far, such as "CONNECTED SESSIONS_UPDATED".
  std::string events() const {
    std::string names;
    const std::string all = text();
    for (auto at = all.find("event: "); at != std::string::npos; at = all.find("event: ", at)) {
      at += 7;
      names += (names.empty() ? "" : " ") + all.substr(at, all.find('\n', at) - at);
    }
    return names;
  }
  /// The data of the last event.
  picojson::value lastData() const {
    const std::string all = text();
    const auto at = all.rfind("data: ");
    picojson::value value;
    if (at != std::string::npos) picojson::parse(value, all.substr(at + 6, all.find('\n', at) - at - 6));
    return value;
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    text_.clear();
  }

 private:
  mutable std::mutex mutex_;
  // guarded by mutex_
  std::string text_;
  bool finished_ = false;
};

/// An open event stream. Closes itself when destroyed.
class OpenStream {
 public:
  explicit OpenStream(std::shared_ptr<StreamSource> source) : source_(std::move(source)) {
    source_->opened(sink_);
  }
  OpenStream(OpenStream&& other) noexcept
      : source_(std::exchange(other.source_, nullptr)), sink_(other.sink_) {}
  ~OpenStream() { close(); }

  void close() {
    if (const auto source = std::exchange(source_, nullptr)) source->closed();
  }
  RecordingSink* operator->() const { return sink_.get(); }

 private:
  std::shared_ptr<StreamSource> source_;
  std::shared_ptr<RecordingSink> sink_ = std::make_shared<RecordingSink>();
};

/// A signed-in user.
struct Visitor {
  std::string accessToken;
  std::string refreshToken;
  std::string userId;
  std::string sessionId;
};

/// The settings that a test can change.
struct World {
  EngineConfig engine;
  AccountsConfig accounts;
  ApiConfig api;
  LogLevel logLevel = LogLevel::info;
};

/// The server. *One thread at a time*, except handle() and what it calls.
class Surface {
 public:
  /// Uses the given database, which must outlive this; null: one in memory.
  explicit Surface(World world = {}, DatabaseAdapter* elsewhere = nullptr)
      : database(elsewhere ? *elsewhere : memory),
        log_(
            world.logLevel, LogFormat::text, [this] { return clock.now(); },
            [this](std::string_view line) { logged += line; }),
        engine(database, cache, hub, forTests(std::move(world.engine)), clock, random),
        accounts(engine, world.accounts),
        api(engine, accounts, hub, std::move(world.api), log_, [this] {
          if (!ready) throw StoreError("the disk is full");
          probe();
        }) {}

  Reply send(const Ask& ask, const std::string& peer = "203.0.113.7") {
    Reply reply;
    reply.exchange.peer.address = peer;
    reply.exchange.requestId = RequestId(0x0123456789abcdef);
    answerAtOnce(api, ask.request(), reply.response, reply.exchange);
    const auto fault = picojson::parse(reply.json, reply.response.body);
    CHECK((reply.response.body.empty() || fault.empty()));
    return reply;
  }

  /// Registers a user with the tokens in the body.
  Visitor enter(const std::string& email) {
    return visitor(send(post("/api/auth/register").json(credentials(email))));
  }
  /// Creates another session of a registered user.
  Visitor signIn(const std::string& email) {
    return visitor(send(post("/api/auth/login").json(credentials(email))));
  }

  OpenStream listen(const Visitor& visitor) {
    Reply reply = send(get("/api/events").bearer(visitor.accessToken));
    REQUIRE(reply.exchange.stream);
    return OpenStream(std::move(reply.exchange.stream));
  }

  static std::string credentials(const std::string& email) {
    return R"({"delivery":"body","email":")" + email + R"(","password":")" + goodPassword + "\"}";
  }

  ManualClock clock;
  CountingRandom random;
  MemoryDatabase memory;
  FailingDatabase database;
  FakeCache cache{clock};
  EventHub hub;
  std::string logged;
  bool ready = true;
  std::function<void()> probe = [] {};

 private:
  static EngineConfig forTests(EngineConfig config) {
    if (config.jwtSecret.empty()) config.jwtSecret = Secret("0123456789abcdef-0123456789abcdef-secret");
    config.hooks.hashingStrength = HashingStrength::forTests;
    config.bcryptRounds = 4;
    return config;
  }

  static Visitor visitor(const Reply& reply) {
    REQUIRE(reply.status() / 100 == 2);
    Visitor visitor{reply.at("data.accessToken"), reply.at("data.refreshToken"), reply.at("data.user.id"),
                    ""};
    for (const auto& session : reply.list("data.sessions")) {
      const auto& fields = session.get<picojson::object>();
      if (fields.at("current").get<bool>()) visitor.sessionId = fields.at("id").get<std::string>();
    }
    return visitor;
  }

  Log log_;

 public:
  Engine engine;
  Accounts accounts;
  ApiHandler api;
};

}  // namespace glitch_protocol::web
