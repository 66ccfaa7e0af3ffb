// Who knows the users that sessions belong to: our own table, nobody, or the app that embeds the engine.
//
// Sessions and lineages need no row in our users table. What the engine wants to know of a user (is the account
// enabled, what is its e-mail and name) it asks the directory:
//
//   EngineConfig::userDirectory | answers from                       | an unknown or disabled user
//   ----------------------------+------------------------------------+-------------------------------------------
//   empty (the default)         | our users table, in the same       | gets no session; its sessions are refused
//                               |   transaction                      |
//   trustCaller()               | nothing: whoever calls             | cannot be told; every id is taken
//                               |   createSession() has found the user
//   of the embedder             | the app                            | as with our table, and no token is refreshed
//
// When an embedder's directory is asked: before a transaction or after one, never inside, so it may take its time and
// may use the same database. createSession(), generateTokens(), rotateRefreshToken() and identifyRefreshToken() ask
// each time; authenticate() and identify() only when the session is not in the cache, that is every 15 minutes at
// most. When the app disables or deletes a user it ends their sessions (Engine::terminateAllOtherSessions()) or calls
// Engine::forgetUser(), so that it takes effect at once.
//
// Accounts and KnownClients work on our users table alone.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "types.h"

namespace glitch_protocol {

/// What the engine wants to know of a user. The zero value is a user who may not sign in.
struct UserFacts {
  bool enabled = false;
  std::string email;  ///< may be empty where the app has none
  std::optional<std::string> name;
  TimePoint createdAt{};
};

/// *Thread-safe.*
class UserDirectory {
 public:
  virtual ~UserDirectory() = default;

  /// Nothing for an unknown user. Throws StoreError when it cannot tell now; then nothing is decided.
  virtual std::optional<UserFacts> find(const UserId&) = 0;
};

/// Takes every user for enabled and knows nothing else of them. Valid for the life of the process.
std::shared_ptr<UserDirectory> trustCaller();

}  // namespace glitch_protocol
