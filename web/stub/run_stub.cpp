#include "web/stub/run_stub.h"

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "engine/passwords/password_hasher.h"
#include "web/config/api_config.h"
#include "web/connection/server.h"
#include "web/http/errors.h"
#include "web/http/json_reader.h"
#include "web/http/json_writer.h"
#include "web/http/log.h"
#include "web/serve/signals.h"
#include "web/stub/owner.h"
#include "web/stub/password_hashes.h"
#include "web/stub/stub_handler.h"

namespace glitch_protocol::web {

namespace {

using namespace std::chrono_literals;

constexpr int bcryptCostOfTests = 4;
constexpr auto pollInterval = 100ms;  // for signals and the end of the owner
constexpr auto stopGrace = 2s;
constexpr std::size_t controlBodyBytes = 1 << 20;
/// Each delayed request, and each one that waits for an event, occupies a thread; beyond this number requests
/// queue.
constexpr std::size_t waitingRequests = 512;
constexpr std::size_t threadsForWriting = 8;  // writes to memory do not wait for a disk

WorldSettings worldSettings(const StubSettings& settings, const std::shared_ptr<PasswordHasher>& hasher,
                            PasswordHashes& hashes) {
  const Config& config = settings.config;
  WorldSettings result;
  result.engine = config.engine;
  result.engine.jwtSecret = Secret(wellKnownStubSecret);
  result.engine.bcryptRounds = bcryptCostOfTests;
  result.engine.hooks.hashingStrength = HashingStrength::forTests;
  result.engine.hooks.passwordHasher = hasher;
  result.accounts = config.accounts;
  result.api = apiConfigOf(config);
  result.makeStore = settings.makeStore;
  result.hash = [&hashes](const std::string& password) { return hashes.hashOf(password); };
  return result;
}

ConnectionLimits connectionLimits(const Config& config) {
  ConnectionLimits limits;
  limits.maxConnections = config.maxConnections;
  limits.maxConnectionsPerAddress = config.maxConnectionsPerAddress;
  limits.shareOf = [proxies = config.trustedProxies](std::string_view peer) {
    return web::shareOf(peer, proxies);
  };
  limits.memory = config.connectionMemory;
  limits.workers = config.workers;
  limits.commitThreads = threadsForWriting;
  limits.hashingThreads = 1;
  limits.maxHashingThreads = waitingRequests;
  limits.hashingQueue = waitingRequests;
  limits.framing.bodyBytes = controlBodyBytes;
  limits.answerFields = "X-Auth-Stub: 1\r\n";
  return limits;
}

Seed readSeedFile(const std::string& name, const HashPassword& hash) {
  if (name.empty()) return {};
  std::ifstream file(name, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) throw std::runtime_error("cannot read the seed " + name);
  try {
    return readSeed(readJsonBody(text), hash);
  } catch (const RequestError& fault) {
    throw std::runtime_error("the seed " + name + ": " + fault.what());
  }
}

std::string firstLine(const std::string& address) {
  JsonWriter json;
  json.beginObject();
  json.key("url").string(address.starts_with("unix:") ? address : "http://" + address);
  json.key("pid").number(::getpid());
  json.key("jwtSecret").string(wellKnownStubSecret);
  json.key("version").string(AUTH_SERVER_VERSION);
  json.endObject();
  return json.take();
}

/// Returns when the stub has to stop. Until then, cleans up the worlds as often as a server cleans up its
/// database.
void watch(Signals& signals, Worlds& worlds, std::chrono::minutes cleanupInterval, Log& log) {
  Owner owner;
  const Clock& clock = systemClock();
  auto nextCleanup = clock.steadyNow() + cleanupInterval;
  while (signals.wait(pollInterval) != Signal::stop && !owner.hasGone()) {
    log.writeDueSums();
    if (clock.steadyNow() < nextCleanup) continue;
    nextCleanup = clock.steadyNow() + cleanupInterval;
    try {
      worlds.forEach([](StubWorld& world) { world.engine().cleanupExpiredSessions(); });
    } catch (const StoreError& failure) {
      log.writeRepeatable(LogLevel::error, "store_failed", "", {{"reason", failure.what()}});
    }
  }
}

}  // namespace

void runStub(const StubSettings& settings, std::ostream& out) {
  const Config& config = settings.config;
  Signals signals;
  Log log(config.logLevel, config.logFormat, [] { return std::chrono::system_clock::now(); });
  const auto hasher =
      std::make_shared<PasswordHasher>(PasswordHasherConfig{.rounds = bcryptCostOfTests, .onWork = {}});
  PasswordHashes hashes(*hasher);

  WorldSettings forWorlds = worldSettings(settings, hasher, hashes);
  forWorlds.seedImage = makeSeedImage(forWorlds, readSeedFile(settings.seedFile, forWorlds.hash));
  Worlds worlds(std::move(forWorlds), settings.file, log);
  StubHandler handler(worlds, settings.controlHosts);
  ConnectionServer server(connectionLimits(config), handler, log);
  for (const std::string& address : config.listen) server.listen(address);
  server.start();
  out << firstLine(server.addresses().front()) << std::endl;

  watch(signals, worlds, config.cleanupInterval, log);

  signals.exitOnNextStop();
  worlds.forEach([](StubWorld& world) { world.stop(); });
  server.stop(stopGrace);
}

}  // namespace glitch_protocol::web
