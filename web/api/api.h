// The HTTP API (openapi.json) for programs that have an Engine: what they configure, and the object that answers.
// mount.h puts it into a host's httplib::Server; auth.h (web/embed/) does everything in one step.
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
#include "../../engine/visibility.h"

namespace glitch_protocol::web {

class ApiHandler;
class EventHub;

inline namespace GLITCH_AUTH_PUBLIC v1 {

/// At most `count` attempts in any `window`; both are at least 1.
struct RateLimit {
  unsigned count = 0;
  std::chrono::seconds window{0};
  bool operator==(const RateLimit&) const = default;
};

/// All limits; an empty one is off. "Address" means one IPv4 address or one IPv6 /64.
struct RateLimits {
  /// Wrong passwords for one account from one address. At the limit each further attempt has to wait: 30
  /// seconds, doubled with each further failure, up to 15 minutes.
  std::optional<RateLimit> failures = RateLimit{10, std::chrono::minutes{5}};
  /// Logins from one address, right or wrong.
  std::optional<RateLimit> logins = RateLimit{60, std::chrono::minutes{1}};
  /// Wrong passwords for one account from all addresses and devices that it does not know.
  std::optional<RateLimit> account = RateLimit{100, std::chrono::hours{1}};
  /// Password changes of one account, attempted or completed.
  std::optional<RateLimit> passwordChanges = RateLimit{20, std::chrono::hours{1}};
  /// Registrations from one address.
  std::optional<RateLimit> registrations = RateLimit{20, std::chrono::hours{1}};
  /// Refreshes of one session.
  std::optional<RateLimit> refreshes = RateLimit{60, std::chrono::minutes{1}};

  static RateLimits off() { return {{}, {}, {}, {}, {}, {}}; }
  bool operator==(const RateLimits&) const = default;
};

/// Whether the cookies are marked Secure, so that browsers send them only over https. `insecure` is for
/// development only.
enum class CookieSecurity { secure, insecure };

/// The groups of routes; those that are left out do not exist (404).
struct ApiRoutes {
  bool accounts = true;  ///< auth/register, login, password, me, activity
  bool tokens = true;    ///< auth/verify, refresh, logout
  bool sessions = true;  ///< sessions, sessions/terminate, sessions/terminate-others
  bool events = true;    ///< events
  bool openApi = true;   ///< openapi.json; describes all routes at their default paths
  bool health = true;    ///< /healthz and /readyz, which have no prefix
};

struct ApiConfig {
  /// Where the paths begin: "/" and segments of letters, digits and -._~, or "" for none.
  std::string prefix = "/api";
  ApiRoutes routes{};
  std::string cookieName = "refreshToken";
  CookieSecurity cookieSecurity = CookieSecurity::secure;
  /// The Path of the refresh cookie, which must cover the prefix. Empty: the prefix.
  std::string cookiePath{};
  /// Other origins whose pages may use this server, exactly as browsers write them:
  /// "https://app.example.org".
  std::vector<std::string> allowedOrigins{};
  /// The proxies whose X-Forwarded-For is believed: addresses ("10.0.0.1"), ranges ("fd00::/8"), or "unix" for every
  /// process that can open the Unix socket. Empty: none.
  std::vector<std::string> trustedProxies{};
  std::size_t maxStreamsPerUser = 20;  ///< at least 1
  RateLimits rateLimits{};             ///< RateLimits::off() disables them
  /// A request that gets its thread later than this after its arrival is refused unprocessed. Equals the
  /// limit of the store, which also counts from the arrival (engine/patience.h).
  std::chrono::milliseconds patience{5000};
};

/// Throws std::invalid_argument with a sentence that names the first invalid setting.
void validate(const ApiConfig&);

/// The event streams of an Api. Make it first: it is the broadcaster of the engine. *Thread-safe.*
class EventStreams {
 public:
  EventStreams();
  ~EventStreams();
  EventStreams(const EventStreams&) = delete;
  EventStreams& operator=(const EventStreams&) = delete;

  /// For the engine's constructor. Valid as long as this object.
  SocketBroadcaster& broadcaster();
  /// Whose streams are open: the argument of Engine::acceptExternalChanges().
  std::vector<Listener> listeners() const;
  /// Ends all streams, including those opened later; for shutting down.
  void finishAll();

  /// Of no use outside this library.
  EventHub& hub() { return *hub_; }

 private:
  // constant after construction
  const std::unique_ptr<EventHub> hub_;
};

/// Receives one line of the log with its line end. Never called by two threads at once; it must not block for long.
using LogLine = std::function<void(std::string_view line)>;

/// Makes one durable write without a visible effect; throws StoreError when that fails.
using ReadinessProbe = std::function<void()>;

/// Answers the routes of openapi.json; mountAuthRoutes() gives it requests. *Thread-safe.*
class Api {
 public:
  /// The references are borrowed and must outlive this; `streams` is the broadcaster that the engine was built with.
  /// Without a `log` events of level info and above go to standard error. With an empty probe the server is always
  /// ready. Throws as validate() does.
  Api(Engine&, Accounts&, EventStreams& streams, ApiConfig, LogLine log = {}, ReadinessProbe probe = {});
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Of no use outside this library.
  ApiHandler& handler();

 private:
  class Impl;
  // constant after construction
  const std::unique_ptr<Impl> impl_;
};

}  // namespace v1

}  // namespace glitch_protocol::web
