// Opens the configured database with the configured secret for one command.
#include "web/cli/open_engine.h"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/cache_adapter.h"
#include "engine/clock.h"
#include "engine/random.h"
#include "engine/socket_broadcaster.h"
#include "web/config/jwt_secret.h"

namespace glitch_protocol::web {
namespace {

/// The secret is created before the database: once the database exists, a missing secret means that it was lost
/// (jwt_secret.h). A database that must not be opened needs no secret.
EngineConfig engineConfig(const Config& config, const Backends& backends, MissingDatabase missing) {
  if (missing == MissingDatabase::refuse) requireDatabase(config);
  backends.checkDatabase(config);
  EngineConfig result = config.engine;
  result.jwtSecret = loadJwtSecret(config, systemRandom());
  return result;
}

}  // namespace

OpenEngine::OpenEngine(const Config& config, const Backends& backends, MissingDatabase missing)
    : config_(engineConfig(config, backends, missing)),
      database_(backends.openDatabase(config)),
      engine_(*database_, noopCache(), noopBroadcaster(), config_),
      accounts_(engine_, config.accounts) {}

void requireDatabase(const Config& config) {
  std::error_code ignored;
  if (std::filesystem::exists(config.database, ignored)) return;
  throw std::runtime_error("there is no database " + config.database + " (looked for in " +
                           std::filesystem::current_path(ignored).string() +
                           "); name it with --database or --config");
}

User requireUser(Accounts& accounts, const std::string& email) {
  try {
    return accounts.getUserByEmail(email);
  } catch (const AccountError&) {
    throw std::runtime_error("there is no user " + email);
  }
}

void forEachUser(Accounts& accounts, const std::function<void(const User&)>& visit) {
  constexpr std::size_t pageSize = 500;
  std::string after;
  for (;;) {
    const std::vector<User> page = accounts.listUsers(after, pageSize);
    for (const User& user : page) visit(user);
    if (page.size() < pageSize) return;
    after = page.back().email;
  }
}

}  // namespace glitch_protocol::web
