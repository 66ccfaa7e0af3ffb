// The context of one request to the API: what its handler uses, and what it leaves for finishing the answer.
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
#include "web/http/client_address.h"
#include "web/http/errors.h"
#include "web/http/fields.h"
#include "web/http/log.h"
#include "web/http/request.h"

namespace glitch_protocol::web {

/// The services that handlers use. All are borrowed.
struct Services {
  Engine& engine;
  Accounts& accounts;
  EventHub& hub;
  const ApiConfig& config;
  const TrustedProxies& proxies;
  Log& log;
  ReadinessCheck& readiness;
  RateLimiter& limiter;
  KnownClients& known;
  const Router<Route>& router;
};

/// What to do when the request is refused after this was set.
struct OnRefusal {
  /// If not empty, a refusal that the client caused is logged at level info under this event name.
  std::string_view event;
  /// Whether such a refusal also clears the refresh cookie.
  CookieEffect refreshCookie = CookieEffect::kept;
};

/// Exists while its request is handled; its constructor arguments must outlive it. *One thread at a time.*
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
  /// The client address (by the trusted proxies) and the user agent.
  const ClientInfo& client() const;

  /// The members of the body and the parameters of the query. Errors in either are collected together:
  /// Fields::throwErrors() throws them all.
  Fields body();
  Fields query();

  /// Logs the event with the user, the session, the client address and the request id.
  void log(std::string_view event, const UserId&, const SessionId&, LogLevel = LogLevel::info) const;

  // Known so far; for the log and the rate limits.
  UserId userId;
  SessionId sessionId;
  OnRefusal onRefusal;
  LimitReservations reservations;

  /// Called by admission with the body that it has read.
  void setBody(picojson::object body) { body_ = std::move(body); }
  void setBody(NamedValues form);

 private:
  mutable std::optional<ClientInfo> client_;  // computed on first use
  picojson::object body_;
  Typing typing_ = Typing::json;  // of the body
  std::optional<NamedValues> query_;
  FieldErrors errors_;
};

}  // namespace glitch_protocol::web
