// One request at the API: what its handler works with, and what it leaves for those who finish the answer.
#pragma once

#include <picojson.h>

#include <chrono>
#include <optional>
#include <string_view>

#include "engine/accounts.h"
#include "engine/engine.h"
#include "engine/known_clients.h"
#include "web/api/api.h"
#include "web/api/event_hub.h"
#include "web/api/rate_limit/rate_limiter.h"
#include "web/api/readiness.h"
#include "web/api/routes.h"
#include "web/http/answer.h"
#include "web/http/errors.h"
#include "web/http/fields.h"
#include "web/http/log.h"
#include "web/http/request.h"

namespace glitch_protocol::web {

/// What the handlers work with. Everything is borrowed.
struct Services {
  Engine& engine;
  Accounts& accounts;
  EventHub& hub;
  const ApiConfig& config;
  Log& log;
  ReadinessCheck& readiness;
  RateLimiter& limiter;
  KnownClients& known;
  const Router<Route>& router;
};

/// What happens when the request is refused from here on.
struct OnRefusal {
  /// Not empty: a refusal that is the caller's doing is worth a line at level info, under this name.
  std::string_view event;
  /// Such a refusal clears the refresh cookie as well.
  CookieEffect refreshCookie = CookieEffect::kept;
};

/// *One thread at a time.* Lives as long as the handling of its request; everything that it was made from must
/// outlive it.
class Context {
 public:
  Context(const Services&, const Route&, const Request&, Answer&, Exchange&);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Services& services;
  const Route& route;
  const Request& request;
  Answer& answer;
  Exchange& exchange;

  Engine& engine() const { return services.engine; }
  /// The client's address (by the trusted proxies) and its user agent.
  const ClientInfo& client() const;

  /// The members of the body, and the parameters of the query. Faults of both are noted together:
  /// Fields::throwFaults() throws them all.
  Fields body();
  Fields query();

  /// A line: the event, the user, the session, where from, and the request id.
  void log(std::string_view event, const UserId&, const SessionId&, LogLevel = LogLevel::info) const;

  // What is known so far, for the log and the limits.
  UserId userId;
  SessionId sessionId;
  OnRefusal onRefusal;
  LimitedPlaces places;

  /// For admission: the body that it has read.
  void setBody(picojson::object body) { body_ = std::move(body); }
  void setBody(NamedValues form);

 private:
  mutable std::optional<ClientInfo> client_;  // made when first asked for
  picojson::object body_;
  Typing typing_ = Typing::json;  // of the body
  std::optional<NamedValues> query_;
  Faults faults_;
};

}  // namespace glitch_protocol::web
