// An engine on the configured database, for one command.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/accounts.h"
#include "engine/engine.h"
#include "web/cli/backends.h"

namespace glitch_protocol::web {

/// What to do when there is no database yet. Looking into one that is not there is most likely a mistake
/// (another working directory, another configuration), and must not leave an empty one behind.
enum class MissingDatabase { refuse, create };

/// Works on the configured database with the configured secret, beside a server if one runs: nothing is
/// cached, and nobody listens. Its changes take effect in that server within a second. *Thread-safe.*
class OpenEngine {
 public:
  /// Throws ConfigError, StoreError, and std::runtime_error for a missing database that is not to be made.
  OpenEngine(const Config&, const Backends&, MissingDatabase);

  DatabaseAdapter& database() { return *database_; }
  Engine& engine() { return engine_; }
  Accounts& accounts() { return accounts_; }

 private:
  // in order of construction: the secret comes before the database (jwt_secret.h)
  const EngineConfig config_;
  const std::unique_ptr<OperableDatabase> database_;
  Engine engine_;
  Accounts accounts_;
};

/// Throws std::runtime_error, saying where it was looked for, when the database does not exist.
void requireDatabase(const Config&);

/// The user of that e-mail address. Throws std::runtime_error naming the address when there is none.
User requireUser(Accounts&, const std::string& email);

/// All users in order of e-mail, a page at a time. `visit` may change the user that it is given.
void forEachUser(Accounts&, const std::function<void(const User&)>& visit);

}  // namespace glitch_protocol::web
