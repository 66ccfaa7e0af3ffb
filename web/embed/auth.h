// Everything in one object: sign-in, sessions and tokens for a C++ program, on one SQLite file.
//
//   glitch_auth::Auth auth({.database = "app.db", .jwtSecret = secret});
//   auto routes = auth.mount(server, {.prefix = "/api"});        // server is an httplib::Server
//   server.Get("/notes", auth.signedIn([](const glitch_auth::Identity& who, auto& request, auto& response) { ... }));
//
// What it is made of can be had one by one: Engine and Accounts (../../engine), SqliteDatabase and MemoryCache
// (../../store), Api and mountAuthRoutes (../api).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../../engine/accounts.h"
#include "../../engine/engine.h"
#include "../../engine/user_directory.h"
#include "../../engine/visibility.h"
#include "../api/api.h"
#include "version.h"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace glitch_protocol::web {
class Answer;
struct Request;
}  // namespace glitch_protocol::web

namespace glitch_auth {

inline namespace GLITCH_AUTH_PUBLIC v1 {

using glitch_protocol::Accounts;
using glitch_protocol::Engine;
using glitch_protocol::EngineConfig;
using glitch_protocol::PasswordRules;
using glitch_protocol::Registration;
using glitch_protocol::Secret;
using glitch_protocol::SessionId;
using glitch_protocol::StoreError;
using glitch_protocol::UserDirectory;
using glitch_protocol::UserId;
using glitch_protocol::web::ApiRoutes;
using glitch_protocol::web::CookieSecurity;
using glitch_protocol::web::LogLine;
using glitch_protocol::web::RateLimit;
using glitch_protocol::web::RateLimits;

inline constexpr Registration open = Registration::open;
inline constexpr Registration closed = Registration::closed;

/// What an Auth is made with.
struct AuthOptions {
  /// The SQLite file, made (mode 0600) when it is missing; ":memory:" for a database that goes with the object. One
  /// process at a time should have it open as an Auth or as a server; commands (`auth-server user ...`) may run beside.
  std::string database = "auth.db";
  /// Signs the tokens: at least 32 random bytes, the same at each start (`auth-server secret` prints one).
  Secret jwtSecret{};
  /// Who knows the users: null means the table that Accounts keeps; trustCaller() or the app's own directory when the
  /// app keeps its users itself.
  std::shared_ptr<UserDirectory> users{};
  PasswordRules passwordRules{};
  /// Whatever else the engine can be told; jwtSecret and users above take the place of its members.
  EngineConfig engine{};
  /// How often ended sessions are cleaned up.
  std::chrono::milliseconds cleanupInterval = std::chrono::minutes{15};
  /// Where the log goes. Empty: standard error.
  LogLine log{};
};

/// How the routes are served.
struct RouteOptions {
  std::string prefix = "/api";  ///< as ApiConfig::prefix
  Registration registration = Registration::open;
  ApiRoutes routes{};  ///< which groups exist
  std::string cookieName = "refreshToken";
  CookieSecurity cookieSecurity = CookieSecurity::secure;
  std::string cookiePath{};                   ///< empty: the prefix
  std::vector<std::string> allowedOrigins{};  ///< as ApiConfig::allowedOrigins
  std::vector<std::string> trustedProxies{};  ///< as ApiConfig::trustedProxies
  RateLimits rateLimits{};
  /// The longest body of a request to a route of the app on serve(). The library's routes take 16 KiB.
  std::size_t maxBodyBytes = 16 * 1024;
};

/// Who is signed in.
struct Identity {
  UserId userId;
  SessionId sessionId;
  std::string email;  ///< empty where the directory knows none
  std::optional<std::string> name;
};

/// A request to a route of the app on the library's own server. Valid while its handler runs. *One thread at a time.*
class Request {
 public:
  std::string_view method() const;
  std::string_view path() const;
  /// The value of a header field; "" when there is none, the first when there are several.
  std::string_view header(std::string_view name) const;
  /// The first parameter of the query of this name, decoded.
  std::optional<std::string> query(std::string_view name) const;
  std::string_view body() const;
  /// What the n-th "*" in the path of the route stands for, decoded; "" past the last.
  std::string_view segment(std::size_t n) const;

  /// Names the request in X-Request-Id and in the log.
  std::string_view id() const { return id_; }

  /// Made by the server.
  Request(const glitch_protocol::web::Request& request, const std::vector<std::string>& segments,
          std::string_view id)
      : request_(request), segments_(segments), id_(id) {}
  const glitch_protocol::web::Request& inner() const { return request_; }

 private:
  const glitch_protocol::web::Request& request_;
  const std::vector<std::string>& segments_;
  const std::string_view id_;
};

/// The answer to such a request: 200 without a body until told otherwise. *One thread at a time.*
class Response {
 public:
  void setStatus(int status);
  /// Adds a header field. A value with control characters is ignored, as it could end the field (CWE-113).
  void addHeader(std::string_view name, std::string_view value);
  /// `type` is a string literal.
  void setBody(std::string body, std::string_view type = "text/plain; charset=utf-8");

  /// Made by the server.
  explicit Response(glitch_protocol::web::Answer& answer) : answer_(answer) {}
  glitch_protocol::web::Answer& inner() { return answer_; }

 private:
  glitch_protocol::web::Answer& answer_;
};

/// A route of the app on the library's own server.
struct Route {
  std::string method;  ///< GET answers HEAD too
  std::string path;    ///< compared byte by byte; a segment "*" matches any one segment
  /// May be called on several threads at once, and may wait (for the database, not for long for others). What it
  /// throws is answered: AuthError and StoreError as by the routes of the library, anything else with 500.
  std::function<void(const Request&, Response&)> handler;
};

/// The routes mounted into a host's server. Destroying it ends the event streams and stops the server, so it is destroyed
/// before both the server and the Auth: declare it after them. *Thread-safe.*
class [[nodiscard]] MountedRoutes {
 public:
  MountedRoutes(MountedRoutes&&) noexcept;
  MountedRoutes& operator=(MountedRoutes&&) = delete;
  ~MountedRoutes();

  /// Ends the event streams, calls the host's Server::stop() and returns when its threads have ended. (Server::stop()
  /// alone waits up to 20 s for a thread that serves a stream.) Not from a handler of that server, which it would wait
  /// for.
  void stop();

 private:
  friend class Auth;
  class Impl;
  explicit MountedRoutes(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

/// The library's own server, running. Destroying it stops it. The Auth must outlive it. *Thread-safe.*
class [[nodiscard]] RunningServer {
 public:
  RunningServer(RunningServer&&) noexcept;
  RunningServer& operator=(RunningServer&&) = delete;
  ~RunningServer();

  /// Where it listens, with the actual port: "127.0.0.1:8080".
  std::string address() const;
  /// Answers the requests in progress, ends the streams and returns when every thread has ended: within 8 s.
  void stop();
  /// Returns when another thread has called stop().
  void wait();

 private:
  friend class Auth;
  class Impl;
  explicit RunningServer(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

/// *Thread-safe.* Calls throw what the Engine's throw; StoreError (an outage) is never a "no".
class Auth {
 public:
  /// Opens the database and starts to clean up and to follow changes by other processes. Throws StoreError when the
  /// database cannot be used, std::invalid_argument naming the option that is out of range.
  explicit Auth(AuthOptions options);
  ~Auth();
  Auth(const Auth&) = delete;
  Auth& operator=(const Auth&) = delete;

  // ---- In an app's server --------------------------------------------------------------------------------------

  /// Mounts the routes into a server of cpp-httplib that does not listen yet; see ../api/mount.h for what differs from
  /// serve(). Stopping the routes ends the event streams of every server of this Auth. std::invalid_argument for wrong options.
  MountedRoutes mount(httplib::Server& server, const RouteOptions& options = {});

  // ---- On the library's own server -----------------------------------------------------------------------------

  /// Serves the routes, and those of the app, on the library's own connection layer: an open event stream costs no
  /// thread. Makes the process ignore SIGPIPE and raises its soft limit of open files to the hard limit. `address` is "127.0.0.1:8080", "[::1]:8080" or "unix:/run/x.sock"; port 0 lets the system choose. The
  /// app's routes come first. std::invalid_argument for wrong options, std::runtime_error when it cannot listen.
  RunningServer serve(std::string_view address, std::vector<Route> routes = {},
                      const RouteOptions& options = {});

  // ---- Who is this? --------------------------------------------------------------------------------------------

  /// Whose access token this is; nothing unless it is valid and its session is alive.
  std::optional<Identity> identify(std::string_view accessToken);
  /// The same for the token in the Authorization field of a request.
  std::optional<Identity> identify(const httplib::Request& request);
  std::optional<Identity> identify(const Request& request);

  /// As identify(), and otherwise answers the request: 401 with the reason, 503 for an outage.
  std::optional<Identity> admit(const httplib::Request& request, httplib::Response& response);
  std::optional<Identity> admit(const Request& request, Response& response);

  /// Turns `handler(const Identity&, request, response)` into a handler for a route that only signed-in users reach,
  /// of httplib or of serve(). The Auth must outlive it.
  template <class Handler>
  auto signedIn(Handler handler) {
    return [this, handler = std::move(handler)](const auto& request, auto& response) {
      if (const std::optional<Identity> who = admit(request, response)) handler(*who, request, response);
    };
  }

  // ---- Underneath ----------------------------------------------------------------------------------------------

  Engine& engine();
  /// For adding and changing users in code; the registration of RouteOptions does not concern it.
  Accounts& accounts();

 private:
  friend class MountedRoutes;
  friend class RunningServer;
  class Impl;
  // constant after construction
  const std::unique_ptr<Impl> impl_;
};

}  // namespace v1

}  // namespace glitch_auth
