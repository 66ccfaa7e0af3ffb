// What `auth-server doctor` has observed, before it is judged. Plain values; empty means "not observed".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/types.h"
#include "web/doctor/server_url.h"
#include "web/http/client_address.h"

namespace glitch_protocol::web {

/// A certificate, and whether clients accept it.
struct CertificateEvidence {
  TimePoint notBefore{};
  TimePoint notAfter{};
  std::string distrust;  ///< why a client refuses it, apart from its dates; empty if it does not
};

/// The refresh cookie, as the server sets it.
struct CookieEvidence {
  std::string name;
  std::string path;
  bool secure = false;
  bool httpOnly = false;
  bool strict = false;  ///< SameSite=Strict
};

/// The answers to requests from a page of that origin.
struct OriginAnswers {
  std::string origin;
  bool cookieAccepted = false;   ///< a request with the cookie was not refused because of its origin
  bool readable = false;         ///< the browser lets the page read the answer
  bool preflightPassed = false;  ///< the browser may send requests with JSON and a bearer token
};

/// Observations while signed in.
struct SignInEvidence {
  std::string refusal;         ///< why signing in failed; the rest is empty then
  std::string claimedAddress;  ///< the X-Forwarded-For of the request
  std::string seenAddress;     ///< the client's address, as the server saw it
  TimePoint before{};          ///< this machine's clock, before and after
  TimePoint after{};
  TimePoint issuedAt{};  ///< the server's clock, in whole seconds
  bool eventsArrived = false;
  std::string eventsRefusal;  ///< the answer that came instead of a stream
};

/// The server from outside.
struct ServerEvidence {
  std::string unreachable;  ///< why no answer came; the rest is empty then
  std::string stranger;     ///< what answered, if it is not this program
  std::string proxy;        ///< the name that a proxy gives itself; empty if none does
  std::optional<CertificateEvidence> certificate;
  std::optional<CookieEvidence> cookie;
  bool hostPassedOn = false;  ///< the server receives the host name that browsers use
  std::optional<OriginAnswers> foreignOrigin;
  std::optional<SignInEvidence> signIn;
  std::string signInSkipped;  ///< why signing in was skipped although credentials were given
};

/// The server's files and configuration, if the doctor runs on the server's machine.
struct HostEvidence {
  std::vector<std::string> exposedFiles;  ///< sentences, with remedies
  std::string databaseDirectory;
  std::uint64_t filesystem = 0;  ///< f_type of that directory (statfs(2))
  std::optional<CertificateEvidence> certificateFile;
  TrustedProxies trustedProxies;
};

struct Evidence {
  ServerUrl url;
  TimePoint now{};
  std::vector<std::string> ownAddresses;  ///< of the machine that the doctor runs on
  ServerEvidence server;
  std::optional<HostEvidence> host;
};

}  // namespace glitch_protocol::web
