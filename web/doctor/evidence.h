// What `auth-server doctor` has seen, before anybody judges it. Plain values; empty means: not seen.
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

/// A certificate, and what a client makes of it.
struct CertificateEvidence {
  TimePoint notBefore{};
  TimePoint notAfter{};
  std::string distrust;  ///< why a client refuses it (but for its dates); empty: it does not
};

/// What the server wants browsers to keep.
struct CookieEvidence {
  std::string name;
  std::string path;
  bool secure = false;
  bool httpOnly = false;
  bool strict = false;  ///< SameSite=Strict
};

/// How requests of a page of that origin fared.
struct OriginAnswers {
  std::string origin;
  bool cookieAccepted = false;   ///< a request with the cookie was not refused because of its origin
  bool readable = false;         ///< the browser shows the answer to the page
  bool preflightPassed = false;  ///< the browser is told to send requests with JSON and a bearer token
};

/// What signing in showed.
struct SignInEvidence {
  std::string refusal;         ///< why it failed; the rest is empty then
  std::string claimedAddress;  ///< what the request's X-Forwarded-For said
  std::string seenAddress;     ///< what the server took for the client's address
  TimePoint before{};          ///< this machine's clock, before and after
  TimePoint after{};
  TimePoint issuedAt{};  ///< the server's clock, in whole seconds
  bool eventsArrived = false;
  std::string eventsRefusal;  ///< what came instead of a stream
};

/// The server from outside.
struct ServerEvidence {
  std::string unreachable;  ///< why no answer came; the rest is empty then
  std::string stranger;     ///< what answered, when it is not this program
  std::string proxy;        ///< how a proxy in between names itself; empty: none does
  std::optional<CertificateEvidence> certificate;
  std::optional<CookieEvidence> cookie;
  bool hostPassedOn = false;  ///< the server knows under which host browsers call it
  std::optional<OriginAnswers> foreignOrigin;
  std::optional<SignInEvidence> signIn;
  std::string signInSkipped;  ///< why nobody signed in, where somebody could have
};

/// The server's files and configuration, where the doctor runs on its machine.
struct HostEvidence {
  std::vector<std::string> exposedFiles;  ///< sentences, with remedies
  std::string databaseDirectory;
  std::uint64_t filesystem = 0;  ///< statfs(2)'s f_type of that directory
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
