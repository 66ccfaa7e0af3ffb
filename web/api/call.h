// One request in hand: what a handler may ask, and how it answers.
#pragma once

#include <httplib.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "web/api/api.h"
#include "web/api/rate_limit/rate_limiter.h"
#include "web/api/routes.h"
#include "web/http/json_object.h"

namespace glitch_protocol::web {

/// A refresh token as a request brought it.
struct RefreshCredential {
  enum class Source { body, cookie };
  Source source = Source::cookie;
  std::string token;
};

/// Where a refresh token goes: into the cookie, or into the answer's data.
enum class Delivery { cookie, body };

/// *One thread at a time.* Lives as long as the handling of its request; everything it was made from must
/// outlive it.
class Call {
 public:
  Call(const Services&, const Route&, const httplib::Request&, httplib::Response&, Exchange&);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const Services& services() const { return services_; }
  Engine& engine() const { return services_.engine; }
  Accounts& accounts() const { return services_.accounts; }
  const Route& route() const { return route_; }
  const httplib::Request& request() const { return request_; }
  httplib::Response& response() const { return response_; }
  Exchange& exchange() const { return exchange_; }

  /// As the client spelled it, without the query.
  std::string_view path() const;
  /// The values of all header fields of that name, in order, as the client sent them.
  std::vector<std::string_view> headerValues(const std::string& name) const;
  /// The client's address (by the trusted proxies) and its user agent.
  const ClientInfo& client() const;

  // --- Who it is: set by admission, by the route's access
  // -------------------------------------------------------

  void setIdentity(Identity);
  void setClaims(const AccessClaims&);
  void setRefreshIdentity(const RefreshIdentity&);
  void setRefreshCredential(RefreshCredential);

  /// Access::bearer only: who it is, with profile.
  const Identity& identity() const { return *identity_; }
  /// Any access but open and refreshToken; both empty when a refresh token came to sign out, until the
  /// handler has set whose it was.
  const UserId& userId() const { return userId_; }
  const SessionId& sessionId() const { return sessionId_; }
  /// Present when a refresh token is what the request is judged by.
  const std::optional<RefreshCredential>& refreshCredential() const { return refreshCredential_; }

  // --- The body's fields
  // ----------------------------------------------------------------------------------------

  void setBody(JsonObject body) { body_ = std::move(body); }

  /// The text of a field as it came, "" when it is none; notes nothing.
  std::string_view peekText(std::string_view field) const;
  /// The text of a field. When it is missing, no string or holds U+0000, that is noted and the answer is "".
  std::string requiredText(std::string_view field);
  /// Nothing when the field is missing; otherwise as requiredText.
  std::optional<std::string> optionalText(std::string_view field);
  /// The field `delivery`: "cookie" (also when missing) or "body".
  Delivery delivery();
  /// Throws ValidationError with everything that was noted, if anything was.
  void requireFields() const;

  // --- The query's parameters; faults are noted as those of the body's fields
  // -----------------------------------------------------------------------------------------------------

  /// Decoded. Nothing when it is missing; when it is empty or there more than once, that is noted.
  std::optional<std::string> queryText(const std::string& name);
  /// A number from `low` to `high`; `missing` when it is missing. Anything else is noted.
  std::size_t queryNumber(const std::string& name, std::size_t low, std::size_t high, std::size_t missing);

  // --- The limits: set by admission, by the route's limit
  // -------------------------------------------------------

  void setPlaces(LimitedPlaces places) { places_ = std::move(places); }
  LimitedPlaces& places() { return places_; }

  // --- Answers
  // --------------------------------------------------------------------------------------------------

  void setRefreshCookie(const TokenPair&);
  /// Beside the refresh cookie, so after it.
  void addDeviceCookie(std::string_view token);
  void clearRefreshCookie();
  /// The cookie goes too if the request is refused from here on by a verdict.
  void clearRefreshCookieOnRefusal() { clearsCookieOnRefusal_ = true; }
  bool clearsRefreshCookieOnRefusal() const { return clearsCookieOnRefusal_; }

  /// Seconds from now until `time`, rounded up; 0 when it has passed.
  std::chrono::seconds secondsUntil(TimePoint time) const;

  // --- The log
  // --------------------------------------------------------------------------------------------------

  /// A line: the event, the user, the session, where from, and the request id.
  void log(std::string_view event, const UserId&, const SessionId&, LogLevel = LogLevel::info) const;
  /// From here on a refusal by verdict is worth a line at level info, under this name.
  void nameRefusal(std::string_view event) { refusalEvent_ = event; }
  /// Empty unless a handler gave one.
  std::string_view refusalEvent() const { return refusalEvent_; }

 private:
  void noteFault(std::string_view field, std::string_view code, std::string_view message);

  // constant after construction
  const Services& services_;
  const Route& route_;
  const httplib::Request& request_;
  httplib::Response& response_;
  Exchange& exchange_;

  mutable std::optional<ClientInfo> client_;  // made when first asked for
  std::optional<Identity> identity_;
  UserId userId_;
  SessionId sessionId_;
  std::optional<RefreshCredential> refreshCredential_;
  JsonObject body_;
  std::vector<FieldError> faults_;
  LimitedPlaces places_;
  bool clearsCookieOnRefusal_ = false;
  std::string_view refusalEvent_;
};

/// The path of a request as the client spelled it, without the query: an encoded spelling is another path.
std::string_view rawPath(const httplib::Request&);

}  // namespace glitch_protocol::web
