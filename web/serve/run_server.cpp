#include "web/serve/run_server.h"

#include <unistd.h>

#include <chrono>
#include <functional>
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
#include "web/api/api_handler.h"
#include "web/api/change_watch.h"
#include "web/api/event_hub.h"
#include "web/config/api_config.h"
#include "web/config/jwt_secret.h"
#include "web/config/tls_files.h"
#include "web/connection/server.h"
#include "web/http/log.h"
#include "web/metrics/metrics.h"
#include "web/metrics/metrics_handler.h"
#include "web/serve/bounded_stream.h"
#include "web/serve/command_log.h"
#include "web/serve/config_reload.h"
#include "web/serve/health_report.h"
#include "web/serve/instance_lock.h"
#include "web/serve/process.h"
#include "web/serve/signals.h"
#include "web/serve/start_notices.h"
#include "web/serve/supervisor.h"

namespace glitch_protocol::web {

namespace {

using namespace std::chrono_literals;

constexpr auto changePollInterval = 250ms;  // changes made by commands take effect within a second
constexpr auto startPollInterval = 5ms;     // until the threads have taken their first turns
constexpr auto stopGrace = 8s;  // the last writes and log lines follow; the whole stop takes at most 10 s

EngineConfig engineConfig(const Config& config, Log& log) {
  EngineConfig result = config.engine;
  result.jwtSecret = loadJwtSecret(config, systemRandom());
  result.onBackgroundError = [&log](std::string_view what) {
    log.writeRepeatable(LogLevel::error, "background_work_failed", "", {{"reason", what}});
  };
  return result;
}

ConnectionLimits connectionLimits(const Config& config) {
  ConnectionLimits result;
  result.maxConnections = config.maxConnections;
  result.maxConnectionsPerAddress = config.maxConnectionsPerAddress;
  result.shareOf = [proxies = config.trustedProxies](std::string_view peer) {
    return shareOf(peer, proxies);
  };
  result.memory = config.connectionMemory;
  result.workers = config.workers;
  return result;
}

/// Opens the listeners; sockets that systemd passed replace the configured addresses.
void openListeners(ConnectionServer& server, const Config& config) {
  if (!config.tlsCertificate.empty()) {
    checkTlsFiles(config);
    server.useTls(config.tlsCertificate, config.tlsPrivateKey);
  }
  server.adoptSystemdSockets();
  if (!server.addresses().empty()) return;
  for (const std::string& address : config.listen) server.listen(address);
}

/// The server for the metrics. *One thread at a time.*
class MetricsServer {
 public:
  MetricsServer(const Metrics& metrics, const Config& config, Log& log)
      : handler_(metrics), server_(metricsLimits(), handler_, log) {
    for (const std::string& address : config.metricsListen) server_.listen(address);
  }
  void start() { server_.start(); }
  void stop() { server_.stop(0s); }
  std::vector<std::string> addresses() const { return server_.addresses(); }

 private:
  MetricsHandler handler_;
  ConnectionServer server_;
};

/// Loads the renewed certificate if it passes the checks made at the start.
void reloadTls(ConnectionServer& server, const Config& config, Log& log) {
  try {
    checkTlsFiles(config);
  } catch (const ConfigError& refused) {
    log.write(LogLevel::error, "certificate_kept", {{"reason", refused.what()}});
    return;
  }
  server.reloadTls();
}

/// Applies the settings that are marked Reload::running (web/config/settings.h).
ConfigReload::Apply applyTo(Engine& engine, Accounts& accounts, Log& log, std::chrono::minutes interval) {
  return [&engine, &accounts, &log, interval](const Config& fresh) mutable {
    log.setLowest(fresh.logLevel);
    accounts.setRegistration(fresh.accounts.registration);
    if (std::exchange(interval, fresh.cleanupInterval) == fresh.cleanupInterval) return;
    engine.stopCleanupJob();
    engine.startCleanupJob(fresh.cleanupInterval);
  };
}

/// The watches that are polled while the server runs.
struct Watches {
  ChangeWatch& changes;
  WalWatch& wal;
  HealthReport& health;
};

HealthReport::Ports healthPorts(ConnectionServer& server) {
  return {[&server] { server.callThreads(); }, [&server] { return server.threadsRespond(); },
          [] { return std::chrono::steady_clock::now(); }};
}

/// Returns when the server has to stop.
void watch(Signals& signals, const Watches& watches, const std::function<void()>& reload, Log& log) {
  for (;;) {
    watches.health.poll();
    const auto signal = signals.wait(watches.health.isReady() ? changePollInterval : startPollInterval);
    if (signal == Signal::stop) return;
    log.writeDueSums();
    if (signal == Signal::reload) reload();
    try {
      watches.wal.poll();
      watches.changes.poll();
    } catch (const StoreError& failure) {
      log.writeRepeatable(LogLevel::error, "store_failed", "", {{"reason", failure.what()}});
    } catch (const std::bad_alloc& failure) {
      log.writeRepeatable(LogLevel::error, "background_work_failed", "", {{"reason", failure.what()}});
    }
  }
}

/// Adds the size and age of the write-ahead log. `watch` must outlive the last scrape.
void addReadings(Metrics& metrics, const WalWatch& watch) {
  constexpr auto gauge = Exposition::Type::gauge;
  metrics.add({"auth_server_wal_bytes", gauge, "Size of the write-ahead log of the database.", {}, [&watch] {
                 return static_cast<double>(watch.size());
               }});
  metrics.add(
      {"auth_server_wal_age_seconds", gauge, "Time since the write-ahead log last restarted.", {}, [&watch] {
         return std::chrono::duration<double>(watch.age()).count();
       }});
}

}  // namespace

void runServer(const LoadedConfig& loaded, const ServerBackend& backend) {
  const Config& config = loaded.config;
  Signals signals;
  const Supervisor::Request supervision = Supervisor::takeFromEnvironment();
  Log log(config.logLevel, config.logFormat, [] { return std::chrono::system_clock::now(); });
  backend.checkDatabase(config);
  const InstanceLock lock(config.database);

  const auto metrics = config.metricsListen.empty() ? nullptr : std::make_unique<Metrics>();
  EngineConfig engineSettings = engineConfig(config, log);
  const ServerStore store = backend.openStore(
      config, metrics ? OnCommit(std::bind_front(&Metrics::committed, metrics.get())) : OnCommit());
  OperableDatabase& database = *store.database;
  EventHub hub;
  Engine engine(database, *store.cache, hub, std::move(engineSettings));
  Accounts accounts(engine, config.accounts);
  ApiHandler api(
      engine, accounts, hub, apiConfigOf(config), log, [&database] { database.probeWrite(); }, metrics.get());
  ConnectionServer server(connectionLimits(config), api, log);
  CommandLog commands(database, log);
  ChangeWatch changes([&database] { return database.externalChangeCount(); },
                      [&] {
                        engine.acceptExternalChanges(hub.listeners());
                        commands.writeNew();
                      });
  engine.acceptExternalChanges({});  // starts to follow the change feed
  WalWatch wal(store.wal, store.maxWalBytes, log);

  if (metrics) {
    addReadings(*metrics, engine, server);
    addCacheReadings(*metrics, store.cacheReadings);
    addLogReadings(*metrics, log);
    addReadings(*metrics, wal);
  }
  const auto metricsServer = metrics ? std::make_unique<MetricsServer>(*metrics, config, log) : nullptr;

  openListeners(server, config);
  server.start();
  engine.startCleanupJob(config.cleanupInterval);
  logStart(log, loaded, {server.addresses(), ::geteuid(), coreDumps()});
  if (metricsServer) {
    metricsServer->start();
    logMetrics(log, metricsServer->addresses());
  }
  const std::string where = listeningLine(config, server.addresses());
  // For convenience; a full or closed standard output is not an error.
  BoundedStream(STDOUT_FILENO) << where + '\n';

  Supervisor supervisor(supervision, log);
  HealthReport health(supervisor, where, healthPorts(server));
  ConfigReload configuration(loaded, applyTo(engine, accounts, log, config.cleanupInterval), log);
  const auto reload = [&] {
    supervisor.reloading();
    configuration.run();
    reloadTls(server, config, log);
    health.readyAgain();
  };
  watch(signals, {changes, wal, health}, reload, log);

  signals.exitOnNextStop();
  supervisor.stopping();
  log.write(LogLevel::info, "stopping");
  if (metricsServer) metricsServer->stop();
  server.stop(stopGrace);
  engine.stopCleanupJob();
  engine.flushRecords();
  store.checkpoint();
  log.writeAllSums();
  log.write(LogLevel::info, "stopped");
}

}  // namespace glitch_protocol::web
