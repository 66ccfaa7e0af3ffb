// The table of contents of the server: every route, and what is decided about it before its handler runs.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "web/connection/exchange.h"

namespace glitch_protocol::web {

class Call;

/// get answers HEAD too.
enum class Method { get, post };

/// Who may call a route. What it names is checked before the handler runs; "or" takes the first that is
/// there.
enum class Access {
  open,          ///< anybody
  bearer,        ///< the access token of a live session
  refreshToken,  ///< a refresh token, in the body or (with an allowed origin) as the cookie; not yet used
  bearerOrRefreshToken,   ///< to sign out: a refresh token in the body, an access token even of an ended
                          ///< session, or the cookie (with an allowed origin)
  bearerOrRefreshCookie,  ///< to listen: the access token of a live session, or its cookie (with an allowed
                          ///< origin)
};

/// What the body must be. A body is always a JSON object, declared as such.
enum class Body { none, optional, required };

/// Which of http-api.md's rate limits count a request.
enum class Limit { none, registrations, signIns, passwordChecks, refreshes };

/// A column without a default: a row that leaves it out does not compile. *Immutable.*
template <class Decision>
class Decided {
 public:
  constexpr Decided(Decision decision) : decision_(decision) {}
  constexpr operator Decision() const { return decision_; }

 private:
  Decision decision_;
};

using Handler = void (*)(Call&);

struct Route {
  Decided<Method> method;
  std::string_view path;
  Decided<Access> access;
  Decided<Body> body;
  Decided<Limit> limit;
  Decided<Lane> lane;
  Decided<Handler> handler;
};

std::span<const Route> routes();

/// The route for a request. Paths compare byte by byte: another spelling is another path. What has no row
/// gets a route that refuses it (NOT_FOUND, METHOD_NOT_ALLOWED), and OPTIONS on a known path one that answers
/// it. The result is valid for the life of the process.
const Route& findRoute(std::string_view method, std::string_view path);

/// The value of Allow for a path: "GET, HEAD, OPTIONS". For an unknown path whatever this server knows at
/// all.
std::string allowedMethods(std::string_view path);

}  // namespace glitch_protocol::web
