// The composition root: builds the adapters and makes one call. Their behaviour is in engine/, store/ and
// web/.
#include <unistd.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "store/memory_cache.h"
#include "store/sqlite_database.h"
#include "store/sqlite_libraries.h"
#include "store/sqlite_restore.h"
#include "web/api/api.h"
#include "web/cli/program.h"
#include "web/config/config.h"
#include "web/config/database_files.h"
#include "web/serve/bounded_stream.h"
#include "web/serve/instance_lock.h"
#include "web/serve/process.h"
#include "web/serve/run_server.h"

namespace glitch_protocol {
namespace {

store::SqliteOptions sqliteOptions(const web::Config& config, store::Checkpointing checkpointing) {
  store::SqliteOptions options;
  options.path = config.database;
  options.checkpointing = checkpointing;
  options.busyTimeout = web::ApiConfig{}.patience;
  return options;
}

/// Throws when the configured database must not be opened, before any file is created beside it.
void checkDatabase(const web::Config& config) {
  web::checkDatabaseFiles(config);
  store::SqliteDatabase::checkFile(sqliteOptions(config, store::Checkpointing::never));
}

web::WalWatch::Ports walPorts(store::SqliteDatabase& database) {
  return {[&database] {
            const store::WalState state = database.walState();
            return web::WalWatch::Size{state.bytes, state.restarts};
          },
          [&database] { database.tryRestartWal(); }, [] { return std::chrono::steady_clock::now(); }};
}

web::ServerStore openServerStore(const web::Config& config, web::OnCommit onCommit) {
  store::SqliteOptions options = sqliteOptions(config, store::Checkpointing::whenDue);
  options.onCommit = std::move(onCommit);
  auto database = std::make_unique<store::SqliteDatabase>(options);
  auto cache = std::make_unique<store::MemoryCache>(systemClock());
  web::ServerStore result;
  result.cacheReadings = {[&borrowed = *cache] { return borrowed.size(); },
                          [&borrowed = *cache] { return borrowed.bytes(); }};
  result.wal = walPorts(*database);
  result.maxWalBytes = store::walSizeLimit;
  result.checkpoint = [&borrowed = *database] { borrowed.checkpoint(); };
  result.database = std::move(database);
  result.cache = std::move(cache);
  return result;
}

void serve(const web::LoadedConfig& loaded) {
  web::runServer(loaded, {checkDatabase, openServerStore});
}

std::unique_ptr<OperableDatabase> openForCommand(const web::Config& config) {
  checkDatabase(config);
  return std::make_unique<store::SqliteDatabase>(sqliteOptions(config, store::Checkpointing::never));
}

std::string restoreBackup(const web::Config& config, const std::string& backup, TimePoint now,
                          const std::function<void(OperableDatabase&)>& prepare) {
  return store::restoreBackup(sqliteOptions(config, store::Checkpointing::never), backup, now, prepare);
}

/// The store of a stub world: in memory, or in `file` if it is not empty.
web::WorldStore openWorldStore(const std::string& file, const Clock& clock) {
  web::WorldStore result;
  std::unique_ptr<store::SqliteDatabase> database;
  if (file.empty()) {
    database = store::SqliteDatabase::inMemory(store::DatabaseUse::tests);
  } else {
    store::SqliteOptions options;
    options.path = file;
    options.use = store::DatabaseUse::tests;
    store::SqliteDatabase::checkFile(options);  // before a lock file is created beside a foreign file
    result.lock = std::make_unique<web::InstanceLock>(file);
    database = std::make_unique<store::SqliteDatabase>(options);
  }
  auto cache = std::make_unique<store::MemoryCache>(clock);
  result.forgetCache = [&borrowed = *cache] { borrowed.clear(); };
  result.database = std::move(database);
  result.cache = std::move(cache);
  return result;
}

}  // namespace
}  // namespace glitch_protocol

int main(int argc, char** argv) {
  using namespace glitch_protocol;
  web::hardenProcess();
  // Writing the last messages must not block a server that cannot stop cleanly.
  web::BoundedStream errors(STDERR_FILENO);
  errors.tie(&std::cout);
  web::Terminal terminal{std::cin, std::cout, errors,
                         ::isatty(STDIN_FILENO) != 0 ? web::Input::typed : web::Input::piped};
  return static_cast<int>(web::runProgram(
      {argv + 1, argv + argc}, web::takeEnvironment(environ), terminal,
      {checkDatabase, openForCommand, restoreBackup, serve, openWorldStore, store::sqliteLibraries()}));
}
