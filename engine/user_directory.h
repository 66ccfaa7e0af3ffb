// The port for looking up the users that sessions belong to: in the users table, in the app that embeds the engine, or
// not at all.
//
// Sessions and lineages need no row in the users table. The engine asks the directory whether an account is
// enabled, and for its e-mail and name:
//
//   EngineConfig::userDirectory | looks in                             | an unknown or disabled user
//   ----------------------------+--------------------------------------+--------------------------------------------
//   empty (the default)         | the users table, in the same         | gets no session; existing sessions are
//                               |   transaction                        |   refused
//   trustCaller()               | nothing: the caller of               | cannot be detected; every id is accepted
//                               |   createSession() has checked        |
//                               |   the user                           |
//   the embedder's own          | the app                              | as with the users table, and refreshes are
//                               |                                      |   refused
//
// An embedder's directory is called before or after a transaction, never inside one, so it may be slow and may use the
// same database. createSession(), generateTokens(), rotateRefreshToken() and identifyRefreshToken() call it each time;
// authenticate() and identify() only when the session is not in the cache, where it stays for at most 15 minutes. For a
// change to take effect at once, an app that disables or deletes a user ends the user's sessions
// (Engine::terminateAllOtherSessions()) or calls Engine::forgetUser().
//
// Accounts and KnownClients use the users table only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "types.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// What the engine needs to know about a user. A default-constructed value is a user who may not sign in.
struct UserFacts {
  bool enabled = false;
  std::string email{};  ///< empty if the app has none
  std::optional<std::string> name{};
  TimePoint createdAt{};
};

/// *Thread-safe.*
class UserDirectory {
 public:
  virtual ~UserDirectory() = default;

  /// Returns nothing for an unknown user. Throws StoreError if it cannot answer now; then nothing is decided.
  virtual std::optional<UserFacts> find(const UserId&) = 0;
};

/// A directory that reports every user as enabled, without e-mail and name.
std::shared_ptr<UserDirectory> trustCaller();

}  // namespace v1
}  // namespace glitch_protocol
