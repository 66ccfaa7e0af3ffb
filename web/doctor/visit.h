// Calls a running server and gathers evidence from its answers.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "engine/secret.h"
#include "web/doctor/evidence.h"

namespace glitch_protocol::web {

/// The account to sign in with.
struct Credentials {
  std::string email;
  /// Called at most once, and only when the password is about to be sent.
  std::function<Secret()> askPassword;
};

struct VisitPlan {
  ServerUrl url;
  std::optional<std::string> foreignOrigin;  ///< the origin of another app's pages, as browsers write it
  std::optional<Credentials> credentials;
  PlainPassword plainPassword = PlainPassword::refused;
  std::chrono::seconds patience{5};  ///< for each answer
  std::function<TimePoint()> now;    ///< this machine's clock
};

/// Calls a running server as browsers and proxies do, and records the answers. If it signs in, it leaves one ended
/// session and lines in the log. It sends no password over a connection whose certificate is not trusted nor,
/// unless allowed, over plain http to another machine; then it continues without signing in. Throws what
/// askPassword throws; nothing that the server does makes it throw.
ServerEvidence visit(const VisitPlan&);

}  // namespace glitch_protocol::web
