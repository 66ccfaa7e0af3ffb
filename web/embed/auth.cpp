// The composition root for programs that embed the library: connects the store, the engine and the HTTP API.
#include "web/embed/auth.h"

#include <httplib.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>

#include "engine/core/periodic_task.h"
#include "engine/sync/mutex.h"
#include "store/memory_cache.h"
#include "store/sqlite_database.h"
#include "web/api/api_handler.h"
#include "web/api/change_watch.h"
#include "web/api/event_hub.h"
#include "web/api/httplib_bridge.h"
#include "web/api/mount.h"
#include "web/connection/refusal.h"
#include "web/connection/server.h"
#include "web/http/bearer.h"
#include "web/http/client_address.h"
#include "web/http/errors.h"
#include "web/http/log.h"
#include "web/http/router.h"
#include "web/http/url_encoded.h"

namespace glitch_auth::inline v1 {

namespace core = glitch_protocol;
namespace web = glitch_protocol::web;

namespace {

constexpr std::chrono::milliseconds changePollInterval{250};
constexpr std::chrono::milliseconds stopGrace{8000};

EngineConfig engineConfig(AuthOptions& options, web::Log& log) {
  EngineConfig config = std::move(options.engine);
  config.jwtSecret = std::move(options.jwtSecret);
  config.userDirectory = std::move(options.users);
  if (!config.onBackgroundError) {
    config.onBackgroundError = [&log](std::string_view what) {
      log.writeRepeatable(web::LogLevel::error, "background_work_failed", "", {{"reason", what}});
    };
  }
  return config;
}

std::unique_ptr<core::store::SqliteDatabase> openDatabase(const std::string& path) {
  if (path == ":memory:") return core::store::SqliteDatabase::inMemory();
  core::store::SqliteOptions options;
  options.path = path;
  return std::make_unique<core::store::SqliteDatabase>(options);
}

web::Log makeLog(LogLine line) {
  const auto now = [] { return std::chrono::system_clock::now(); };
  if (line) return {web::LogLevel::info, web::LogFormat::text, now, std::move(line)};
  return {web::LogLevel::info, web::LogFormat::text, now};
}

web::ApiConfig apiConfig(const RouteOptions& options) {
  web::ApiConfig config;
  config.prefix = options.prefix;
  config.routes = options.routes;
  config.cookieName = options.cookieName;
  config.cookieSecurity = options.cookieSecurity;
  config.cookiePath = options.cookiePath;
  config.allowedOrigins = options.allowedOrigins;
  config.trustedProxies = options.trustedProxies;
  config.rateLimits = options.rateLimits;
  return config;
}

/// Throws TokenError for a token that is missing or sent twice.
std::string_view requiredToken(const web::FieldList& fields) {
  const web::BearerLookup bearer = web::findBearer(fields);
  if (bearer.found == web::Found::several) throw web::createRepeatedFieldError("Authorization header");
  if (bearer.found == web::Found::none) throw web::createAccessTokenMissingError();
  return bearer.token;
}

}  // namespace

// ---- Auth ------------------------------------------------------------------------------------------------------------

/// *Thread-safe.*
class Auth::Impl {
 public:
  explicit Impl(AuthOptions&& options)
      : log(makeLog(std::move(options.log))),
        database(openDatabase(options.database)),
        cache(core::systemClock()),
        engine(*database, cache, hub, engineConfig(options, log)),
        passwordRules(options.passwordRules),
        accounts(engine, {Registration::open, passwordRules}),
        changes_([this] { return database->externalChangeCount(); },
                 [this] { engine.acceptExternalChanges(hub.listeners()); }) {
    engine.acceptExternalChanges({});  // starts to follow the change feed
    engine.startCleanupJob(options.cleanupInterval);
    watching_.start(changePollInterval, [this] { poll(); });
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Identity identify(std::string_view token) {
    core::Identity found = engine.identify(token);
    engine.updateSessionActivity(found.claims.sessionId);
    return {std::move(found.claims.sub), std::move(found.claims.sessionId), std::move(found.email),
            std::move(found.name)};
  }

  std::optional<Identity> identify(const web::FieldList& fields) {
    const web::BearerLookup bearer = web::findBearer(fields);
    if (bearer.found != web::Found::one) return std::nullopt;
    try {
      return identify(bearer.token);
    } catch (const core::AuthError&) {
      return std::nullopt;
    }
  }

  std::optional<Identity> admit(const web::FieldList& fields, web::Answer& answer,
                                std::string_view requestId) {
    try {
      return identify(requiredToken(fields));
    } catch (...) {
      refuse(answer, requestId, web::Challenges::bearer);
      return std::nullopt;
    }
  }

  /// Turns the exception that is being handled into the answer.
  void refuse(web::Answer& answer, std::string_view requestId, web::Challenges challenges) {
    const web::Outcome outcome = web::outcomeOf(std::current_exception(), requestId);
    if (outcome.source == web::ErrorSource::server)
      log.writeRepeatable(web::LogLevel::error, "request_refused", "",
                          {{"code", outcome.code}, {"cause", outcome.cause}, {"request_id", requestId}});
    web::writeRefusal(answer, outcome, challenges);
  }

  // each locks itself
  web::Log log;
  const std::unique_ptr<core::store::SqliteDatabase> database;
  core::store::MemoryCache cache;
  web::EventHub hub;
  Engine engine;
  // constant after construction
  const PasswordRules passwordRules;
  Accounts accounts;

 private:
  void poll() {
    try {
      log.writeDueSums();
      changes_.poll();
    } catch (const std::exception& failure) {  // the next poll tries again
      log.writeRepeatable(web::LogLevel::error, "background_work_failed", "", {{"reason", failure.what()}});
    }
  }

  // used by the thread of watching_ alone
  web::ChangeWatch changes_;
  core::PeriodicTask watching_;
};

Auth::Auth(AuthOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Auth::~Auth() = default;

Engine& Auth::engine() {
  return impl_->engine;
}

Accounts& Auth::accounts() {
  return impl_->accounts;
}

std::optional<Identity> Auth::identify(std::string_view accessToken) {
  try {
    return impl_->identify(accessToken);
  } catch (const core::AuthError&) {
    return std::nullopt;
  }
}

std::optional<Identity> Auth::identify(const httplib::Request& request) {
  const std::vector<web::Field> fields = web::fieldsOf(request);
  return impl_->identify(web::FieldList(fields));
}

std::optional<Identity> Auth::identify(const Request& request) {
  return impl_->identify(request.inner().fields);
}

std::optional<Identity> Auth::admit(const httplib::Request& request, httplib::Response& response) {
  const std::vector<web::Field> fields = web::fieldsOf(request);
  const web::RequestId requestId = web::nextRequestId();
  web::Answer answer;
  std::optional<Identity> who = impl_->admit(web::FieldList(fields), answer, requestId);
  if (!who) web::sendAnswer(answer, requestId, response);
  return who;
}

std::optional<Identity> Auth::admit(const Request& request, Response& response) {
  return impl_->admit(request.inner().fields, response.inner(), request.id());
}

// ---- In an app's server ----------------------------------------------------------------------------------------------

/// *Thread-safe.*
class MountedRoutes::Impl {
 public:
  Impl(Auth::Impl& auth, httplib::Server& server, const RouteOptions& options)
      : auth_(auth),
        server_(server),
        accounts_(auth.engine, {options.registration, auth.passwordRules}),
        api_(auth.engine, accounts_, auth.hub, apiConfig(options), auth.log,
             [&auth] { auth.database->probeWrite(); }) {
    auth_.hub.reopen();
    web::mountAuthRoutes(server_, api_);
  }
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void stop() {
    auth_.hub.finishAll();
    server_.stop();
    // httplib has no call that waits for its threads, which still use api_.
    while (server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

 private:
  // constant after construction
  Auth::Impl& auth_;
  httplib::Server& server_;
  Accounts accounts_;
  web::ApiHandler api_;
};

MountedRoutes::MountedRoutes(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MountedRoutes::MountedRoutes(MountedRoutes&&) noexcept = default;
MountedRoutes::~MountedRoutes() = default;

void MountedRoutes::stop() {
  impl_->stop();
}

MountedRoutes Auth::mount(httplib::Server& server, const RouteOptions& options) {
  return MountedRoutes(std::make_unique<MountedRoutes::Impl>(*impl_, server, options));
}

// ---- On the library's own server -------------------------------------------------------------------------------------

std::string_view Request::method() const {
  return request_.method;
}

std::string_view Request::path() const {
  return request_.path();
}

std::string_view Request::header(std::string_view name) const {
  return request_.fields.value(name);
}

std::optional<std::string> Request::query(std::string_view name) const {
  const web::NamedValues values = web::readUrlEncoded(request_.query());
  const auto found = values.values.find(std::string(name));
  if (found == values.values.end()) return std::nullopt;
  return found->second.get<std::string>();
}

std::string_view Request::body() const {
  return request_.body;
}

std::string_view Request::segment(std::size_t n) const {
  return n < segments_.size() ? std::string_view(segments_[n]) : std::string_view{};
}

void Response::setStatus(int status) {
  answer_.status = status;
}

void Response::addHeader(std::string_view name, std::string_view value) {
  answer_.add(name, value);
}

void Response::setBody(std::string body, std::string_view type) {
  answer_.body = std::move(body);
  answer_.contentType = type;
}

namespace {

constexpr std::size_t maxLibraryBodyBytes = web::FramingLimits{}.bodyBytes;

web::ConnectionLimits connectionLimits(const RouteOptions& options, const web::TrustedProxies& proxies) {
  web::ConnectionLimits limits;
  limits.framing.bodyBytes = std::max(options.maxBodyBytes, maxLibraryBodyBytes);
  limits.shareOf = [&proxies](std::string_view peer) { return web::shareOf(peer, proxies); };
  return limits;
}

}  // namespace

/// Answers the app's routes on the threads that may wait, and passes everything else on. *Thread-safe.*
class RunningServer::Impl : public web::RequestHandler {
 public:
  Impl(Auth::Impl& auth, std::string_view address, std::vector<Route>&& routes, const RouteOptions& options)
      : auth_(auth),
        routes_(std::move(routes)),
        maxBodyBytes_(options.maxBodyBytes),
        proxies_(web::TrustedProxies::parse(options.trustedProxies)),
        accounts_(auth.engine, {options.registration, auth.passwordRules}),
        api_(auth.engine, accounts_, auth.hub, apiConfig(options), auth.log,
             [&auth] { auth.database->probeWrite(); }),
        server_(connectionLimits(options, proxies_), *this, auth.log) {
    router_.add(routes_);
    auth_.hub.reopen();
    server_.listen(address);
    server_.start();
  }
  ~Impl() override { stop(); }

  std::string address() const { return server_.addresses().front(); }

  void stop() {
    server_.stop(stopGrace);
    const core::MutexLock lock(mutex_);
    stopped_ = true;
    changed_.notifyAll();
  }

  void wait() {
    core::MutexLock lock(mutex_);
    changed_.wait(lock, [&]() REQUIRES(mutex_) { return stopped_; });
  }

  void handle(const web::Request& request, web::Answer& answer, web::Exchange& exchange) override {
    const auto match = router_.find(request.method, request.path());
    const bool isOwn = match.found != web::RouteFound::no;
    if (request.body.size() > (isOwn ? maxBodyBytes_ : maxLibraryBodyBytes)) return refuseBody(answer);
    switch (match.found) {
      case web::RouteFound::no:
        return api_.handle(request, answer, exchange);
      case web::RouteFound::row:
        if (exchange.stage == web::Stage::queued)
          return run(*match.row, match.parts, request, answer, exchange);
        exchange.queueing = web::Queueing{web::Lane::commit, addressOf(request, exchange), ""};
        return;
      case web::RouteFound::otherMethod:
      case web::RouteFound::options:
        answer.add("Allow", router_.allowedMethods(request.path()));
        if (match.found == web::RouteFound::options) {
          answer.status = 204;
          return;
        }
        return refuseMethod(answer, exchange);
    }
  }

 private:
  std::string addressOf(const web::Request& request, const web::Exchange& exchange) const {
    return web::clientAddress(exchange.peer.address, request.fields.values("X-Forwarded-For"), proxies_);
  }

  void run(const Route& route, const std::vector<std::string>& segments, const web::Request& request,
           web::Answer& answer, const web::Exchange& exchange) {
    Response response(answer);
    try {
      route.handler(Request(request, segments, exchange.requestId), response);
    } catch (...) {
      answer.clear();
      auth_.refuse(answer, exchange.requestId, web::Challenges::bearer);
    }
  }

  static void refuseBody(web::Answer& answer) {
    constexpr web::Refusal refusal = web::refusals::bodyTooLarge;
    web::fail(answer, {refusal.status, refusal.code, refusal.message, {}});
  }

  void refuseMethod(web::Answer& answer, const web::Exchange& exchange) {
    try {
      throw web::createMethodNotAllowedError();
    } catch (...) {
      auth_.refuse(answer, exchange.requestId, web::Challenges::none);
    }
  }

  // constant after construction
  Auth::Impl& auth_;
  const std::vector<Route> routes_;
  const std::size_t maxBodyBytes_;
  const web::TrustedProxies proxies_;
  web::Router<Route> router_;
  // each locks itself
  Accounts accounts_;
  web::ApiHandler api_;

  core::Mutex mutex_;
  core::Condition changed_;
  bool stopped_ GUARDED_BY(mutex_) = false;

  web::ConnectionServer server_;  // last: its threads use all of the above
};

RunningServer::RunningServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunningServer::RunningServer(RunningServer&&) noexcept = default;
RunningServer::~RunningServer() = default;

std::string RunningServer::address() const {
  return impl_->address();
}

void RunningServer::stop() {
  impl_->stop();
}

void RunningServer::wait() {
  impl_->wait();
}

RunningServer Auth::serve(std::string_view address, std::vector<Route> routes, const RouteOptions& options) {
  return RunningServer(std::make_unique<RunningServer::Impl>(*impl_, address, std::move(routes), options));
}

}  // namespace glitch_auth::inline v1
