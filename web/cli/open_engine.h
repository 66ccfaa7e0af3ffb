// An engine on the configured database, for one command.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/accounts.h"
#include "engine/engine.h"
#include "web/cli/backends.h"

namespace glitch_protocol::web {

/// What to do if there is no database. For a command that only looks, a missing database is most likely a mistake
/// (wrong working directory, wrong configuration), and the command must not create an empty one.
enum class MissingDatabase { refuse, create };

/// Works on the configured database with the configured secret, also while a server runs: nothing is cached and
/// nothing is broadcast. Its changes take effect in that server within a second. *Thread-safe.*
class OpenEngine {
 public:
  /// Throws ConfigError, StoreError, and std::runtime_error if the database is missing and must not be created.
  OpenEngine(const Config&, const Backends&, MissingDatabase);

  DatabaseAdapter& database() { return *database_; }
  Engine& engine() { return engine_; }
  Accounts& accounts() { return accounts_; }

 private:
  // in order of construction: the secret before the database (jwt_secret.h)
  const EngineConfig config_;
  const std::unique_ptr<OperableDatabase> database_;
  Engine engine_;
  Accounts accounts_;
};

/// Throws std::runtime_error with the directory searched if the database does not exist.
void requireDatabase(const Config&);

/// The user with that e-mail address. Throws std::runtime_error naming the address if there is none.
User requireUser(Accounts&, const std::string& email);

/// Calls `visit` for all users in order of e-mail, reading a page at a time. `visit` may change the user in the
/// database.
void forEachUser(Accounts&, const std::function<void(const User&)>& visit);

}  // namespace glitch_protocol::web
