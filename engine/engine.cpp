// Construction of the engine, and its calls about passwords and statistics.
#include "engine/engine.h"

#include <exception>
#include <utility>

#include "engine/core/core.h"

namespace glitch_protocol::inline v1 {

Engine::Engine(DatabaseAdapter& database, CacheAdapter& cache, SocketBroadcaster& broadcaster,
               EngineConfig config, Clock& clock, RandomSource& random)
    : core_(std::make_unique<Core>(database, cache, broadcaster, std::move(config), clock, random)) {}

Engine::~Engine() {
  try {
    core_->recordAnonymous(AnonymousEvents::Counts::all);
  } catch (const std::exception& error) {
    core_->reportFailure(error.what());
  }
}

std::string Engine::hashPassword(std::string_view password) {
  return core_->hasher.hash(password);
}

bool Engine::comparePassword(std::string_view password, std::string_view storedHash) {
  return core_->hasher.compare(password, storedHash);
}

PasswordCheck Engine::checkPassword(std::string_view password, const std::optional<std::string>& storedHash) {
  const bool matches = core_->hasher.compareInConstantWork(password, storedHash);
  return {matches, matches && core_->hasher.isOutdated(*storedHash)};
}

std::uint64_t Engine::countActiveSessions() {
  std::uint64_t count = 0;
  core_->database.read([&](Reader& reader) { count = reader.sessions().countLive(core_->clock.now()); });
  return count;
}

Engine::HashingLoad Engine::hashingLoad() const {
  const PasswordHasher::Load load = core_->hasher.load();
  return {load.running, load.waiting};
}

Engine::UnrecordedEvents Engine::unrecordedEvents() const {
  return {core_->anonymousEvents.counted(), core_->recorder.lost()};
}

DatabaseAdapter& Engine::getDatabaseAdapter() {
  return core_->watchedDatabase;
}
Clock& Engine::clock() {
  return core_->clock;
}
RandomSource& Engine::random() {
  return core_->random;
}
const EngineConfig& Engine::config() const {
  return core_->config;
}

}  // namespace glitch_protocol::inline v1
