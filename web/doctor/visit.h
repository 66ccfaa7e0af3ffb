#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "engine/secret.h"
#include "web/doctor/evidence.h"

namespace glitch_protocol::web {

/// Whom to sign in as.
struct Credentials {
  std::string email;
  /// Called at most once, and only when the password is about to be sent.
  std::function<Secret()> askPassword;
};

struct VisitPlan {
  ServerUrl url;
  std::optional<std::string> foreignOrigin;  ///< of another app's pages, as browsers write it
  std::optional<Credentials> credentials;
  PlainPassword plainPassword = PlainPassword::refused;
  std::chrono::seconds patience{5};  ///< for each answer
  std::function<TimePoint()> now;    ///< this machine's clock
};

/// Calls a running server as browsers and proxies do, and notes what comes back. Leaves one ended session
/// behind when it signs in, and lines in the log. Sends no password over a connection whose certificate is
/// not trusted, nor, unless that is allowed, over plain http to another machine; it goes on without signing
/// in then. Throws what askPassword throws, and nothing that the server could cause.
ServerEvidence visit(const VisitPlan&);

}  // namespace glitch_protocol::web
