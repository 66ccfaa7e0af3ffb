// The composition root: builds the parts, and ties them together. What they do is in engine/, store/ and
// web/.
#include <unistd.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/accounts.h"
#include "engine/clock.h"
#include "engine/engine.h"
#include "engine/random.h"
#include "store/memory_cache.h"
#include "store/sqlite_database.h"
#include "store/sqlite_libraries.h"
#include "web/api/api.h"
#include "web/api/event_hub.h"
#include "web/cli/bounded_stream.h"
#include "web/cli/program.h"
#include "web/config/api_config.h"
#include "web/config/config.h"
#include "web/config/database_files.h"
#include "web/config/jwt_secret.h"
#include "web/config/tls_files.h"
#include "web/connection/server.h"
#include "web/http/log.h"
#include "web/metrics/metrics.h"
#include "web/metrics/metrics_handler.h"
#include "web/metrics/readings.h"
#include "web/serve/change_watch.h"
#include "web/serve/command_log.h"
#include "web/serve/instance_lock.h"
#include "web/serve/process.h"
#include "web/serve/signals.h"
#include "web/serve/start_notices.h"
#include "web/serve/wal_watch.h"

namespace glitch_protocol {
namespace {

using namespace std::chrono_literals;

constexpr auto changePollInterval = 250ms;  // a command's changes take effect within a second
constexpr auto stopGrace = 8s;              // the last writes and lines follow; all of it takes at most 10 s

store::SqliteOptions sqliteOptions(const web::Config& config, store::Checkpointing checkpointing) {
  store::SqliteOptions options;
  options.path = config.database;
  options.checkpointing = checkpointing;
  options.busyTimeout = web::ApiConfig{}.patience;
  return options;
}

/// Throws when the configured database is not to be opened, before anything is made beside it.
void checkDatabase(const web::Config& config) {
  web::checkDatabaseFiles(config);
  store::SqliteDatabase::checkFile(sqliteOptions(config, store::Checkpointing::never));
}

EngineConfig engineConfig(const web::Config& config, web::Log& log) {
  EngineConfig result = config.engine;
  result.jwtSecret = web::loadJwtSecret(config, systemRandom());
  result.onBackgroundError = [&log](std::string_view what) {
    log.writeRepeatable(web::LogLevel::error, "background_work_failed", "", {{"reason", what}});
  };
  return result;
}

web::ConnectionLimits connectionLimits(const web::Config& config) {
  web::ConnectionLimits result;
  result.maxConnections = config.maxConnections;
  result.maxConnectionsPerAddress = config.maxConnectionsPerAddress;
  result.shareOf = [proxies = config.trustedProxies](std::string_view peer) {
    return web::shareOf(peer, proxies);
  };
  result.memory = config.connectionMemory;
  result.workers = config.workers;
  return result;
}

/// Sockets that systemd passed replace the configured addresses.
void openListeners(web::ConnectionServer& server, const web::Config& config) {
  if (!config.tlsCertificate.empty()) {
    web::checkTlsFiles(config);
    server.useTls(config.tlsCertificate, config.tlsPrivateKey);
  }
  server.adoptSystemdSockets();
  if (!server.addresses().empty()) return;
  for (const std::string& address : config.listen) server.listen(address);
}

/// The listener of the metrics. *One thread at a time.*
class MetricsServer {
 public:
  MetricsServer(const web::Metrics& metrics, const web::Config& config, web::Log& log)
      : handler_(metrics), server_(web::metricsLimits(), handler_, log) {
    for (const std::string& address : config.metricsListen) server_.listen(address);
  }
  void start() { server_.start(); }
  void stop() { server_.stop(0s); }
  std::vector<std::string> addresses() const { return server_.addresses(); }

 private:
  web::MetricsHandler handler_;
  web::ConnectionServer server_;
};

/// Takes a renewed certificate, if it passes what the start asks of one.
void reloadTls(web::ConnectionServer& server, const web::Config& config, web::Log& log) {
  try {
    web::checkTlsFiles(config);
  } catch (const web::ConfigError& refused) {
    log.write(web::LogLevel::error, "certificate_kept", {{"reason", refused.what()}});
    return;
  }
  server.reloadTls();
}

web::WalWatch::Ports walPorts(store::SqliteDatabase& database) {
  return {[&database] {
            const store::WalState state = database.walState();
            return web::WalWatch::Size{state.bytes, state.restarts};
          },
          [&database] { database.tryRestartWal(); }, [] { return std::chrono::steady_clock::now(); }};
}

/// What is looked at again and again while the server runs.
struct Watches {
  web::ChangeWatch& changes;
  web::WalWatch& wal;
};

/// Returns when the server shall stop.
void watch(web::Signals& signals, web::ConnectionServer& server, const web::Config& config,
           const Watches& watches, web::Log& log) {
  for (;;) {
    const auto signal = signals.wait(changePollInterval);
    if (signal == web::Signal::stop) return;
    log.writeDueSums();
    if (signal == web::Signal::reload) reloadTls(server, config, log);
    try {
      watches.wal.poll();
      watches.changes.poll();
    } catch (const StoreError& failure) {
      log.writeRepeatable(web::LogLevel::error, "store_failed", "", {{"reason", failure.what()}});
    } catch (const std::bad_alloc& failure) {
      log.writeRepeatable(web::LogLevel::error, "background_work_failed", "", {{"reason", failure.what()}});
    }
  }
}

void serve(const web::LoadedConfig& loaded) {
  const web::Config& config = loaded.config;
  web::Signals signals;
  web::Log log(config.logLevel, config.logFormat, [] { return std::chrono::system_clock::now(); });
  checkDatabase(config);
  const web::InstanceLock lock(config.database);

  const auto metrics = config.metricsListen.empty() ? nullptr : std::make_unique<web::Metrics>();
  EngineConfig engineSettings = engineConfig(config, log);
  store::SqliteOptions storeSettings = sqliteOptions(config, store::Checkpointing::whenDue);
  if (metrics) storeSettings.onCommit = std::bind_front(&web::Metrics::committed, metrics.get());
  store::SqliteDatabase database(storeSettings);
  store::MemoryCache cache(systemClock());
  web::EventHub hub;
  Engine engine(database, cache, hub, std::move(engineSettings));
  Accounts accounts(engine, config.accounts);
  web::Api api(
      engine, accounts, hub, web::apiConfigOf(config), log, [&database] { database.probeWrite(); },
      metrics.get());
  web::ConnectionServer server(connectionLimits(config), api, log);
  web::CommandLog commands(database, log);
  web::ChangeWatch changes([&database] { return database.externalChangeCount(); },
                           [&] {
                             engine.acceptExternalChanges(hub.listeners());
                             commands.writeNew();
                           });

  web::WalWatch wal(walPorts(database), store::walSizeLimit, log);

  if (metrics) {
    web::addReadings(*metrics, engine, server);
    web::addCacheReadings(*metrics, {[&cache] { return cache.size(); }, [&cache] { return cache.bytes(); }});
    web::addLogReadings(*metrics, log);
    web::addWalReadings(*metrics, wal);
  }
  const auto metricsServer = metrics ? std::make_unique<MetricsServer>(*metrics, config, log) : nullptr;

  openListeners(server, config);
  server.start();
  engine.startCleanupJob(config.cleanupInterval);
  web::logStart(log, loaded, {server.addresses(), ::geteuid(), web::coreDumps()});
  if (metricsServer) {
    metricsServer->start();
    web::logMetrics(log, metricsServer->addresses());
  }
  // A courtesy: nobody has to read it.
  web::BoundedStream(STDOUT_FILENO) << web::listeningLine(config, server.addresses()) + '\n';

  watch(signals, server, config, {changes, wal}, log);

  signals.exitOnNextStop();
  log.write(web::LogLevel::info, "stopping");
  if (metricsServer) metricsServer->stop();
  server.stop(stopGrace);
  engine.stopCleanupJob();
  engine.flushRecords();
  database.checkpoint();
  log.writeAllSums();
  log.write(web::LogLevel::info, "stopped");
}

std::unique_ptr<OperableDatabase> openForCommand(const web::Config& config) {
  checkDatabase(config);
  return std::make_unique<store::SqliteDatabase>(sqliteOptions(config, store::Checkpointing::never));
}

/// A world of the stub: in memory, unless `file` names one.
web::WorldStore openWorldStore(const std::string& file, const Clock& clock) {
  web::WorldStore result;
  std::unique_ptr<store::SqliteDatabase> database;
  if (file.empty()) {
    database = store::SqliteDatabase::inMemory(store::DatabaseUse::tests);
  } else {
    store::SqliteOptions options;
    options.path = file;
    options.use = store::DatabaseUse::tests;
    store::SqliteDatabase::checkFile(options);  // before a lock is made beside somebody's file
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
  // The last words of a server that cannot stop cleanly must not keep it from ending.
  web::BoundedStream errors(STDERR_FILENO);
  errors.tie(&std::cout);
  web::Terminal terminal{std::cin, std::cout, errors,
                         ::isatty(STDIN_FILENO) != 0 ? web::Input::typed : web::Input::piped};
  return static_cast<int>(
      web::runProgram({argv + 1, argv + argc}, web::takeEnvironment(environ), terminal,
                      {checkDatabase, openForCommand, serve, openWorldStore, store::sqliteLibraries()}));
}
