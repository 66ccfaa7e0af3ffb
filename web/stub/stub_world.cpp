#include "web/stub/stub_world.h"

#include "engine/text/encoding.h"
#include "engine/tokens/hmac.h"

namespace glitch_protocol::web {

namespace {

constexpr std::size_t maxSnapshots = 100;

bool hasUsers(DatabaseAdapter& database) {
  bool found = false;
  database.read([&](Reader& reader) { found = !reader.users().list("", 1).empty(); });
  return found;
}

/// The default world uses the secret itself; the other secrets are derived from it and are printable, for use
/// with other libraries.
Secret secretFor(const Secret& secret, const std::string& world) {
  if (world.empty()) return secret;
  return Secret(base64urlEncode(hkdfSha256(secret, "auth-server stub namespace " + world).view()));
}

}  // namespace

StubWorld::StubWorld(const WorldSettings& settings, const std::string& name, const std::string& file,
                     Log& log, std::atomic<std::size_t>& delaying)
    : settings_(settings),
      name_(name),
      clock_(systemClock()),
      store_(settings.makeStore(file, clock_)),
      tap_(hub_, *store_.database, clock_),
      engine_(*store_.database, *store_.cache, tap_, engineConfig(log), clock_),
      accounts_(engine_, settings.accounts),
      api_(engine_, accounts_, hub_, settings.api, log, [this] { store_.database->probeWrite(); }),
      faults_(delaying),
      seedImage_(settings.seedImage) {
  if (!hasUsers(*store_.database)) store_.database->restore(seedImage_);
}

EngineConfig StubWorld::engineConfig(Log& log) const {
  EngineConfig config = settings_.engine;
  config.jwtSecret = secretFor(settings_.engine.jwtSecret, name_);
  config.hooks.refreshRotation = [this] { return rotation_.load(); };
  config.onBackgroundError = [&log](std::string_view what) {
    log.writeRepeatable(LogLevel::error, "background_work_failed", "", {{"reason", what}});
  };
  return config;
}

void StubWorld::reset() {
  const MutexLock lock(mutex_);
  rotation_.store(RefreshRotation::rotate);
  faults_.replace({});
  clock_.reset();
  restore(seedImage_);
  requests_.clear();
  events().clear();
}

void StubWorld::restore(const std::string& image) {
  engine_.flushRecords();  // unwritten records belong to the state being replaced
  store_.database->restore(image);
  store_.forgetCache();
  noticeChanges();
}

// Seeds write rows directly, without entries in the change feed.
void StubWorld::noticeChanges() {
  engine_.acceptReplacedDatabase(hub_.listeners());
}

void StubWorld::seed(const Seed& seed) {
  const MutexLock lock(mutex_);
  std::string image = seededWith(seed);
  store_.database->write([&](Writer& writer) {
    applySeed(writer, seed, clock_.now(), settings_.engine.refreshTokenExpiryDays);
  });
  seedImage_ = std::move(image);
  noticeChanges();
}

/// The current seed image with `seed` added.
std::string StubWorld::seededWith(const Seed& seed) const {
  const WorldStore scratch = settings_.makeStore("", clock_);
  scratch.database->restore(seedImage_);
  scratch.database->write([&](Writer& writer) {
    applySeed(writer, seed, clock_.now(), settings_.engine.refreshTokenExpiryDays);
  });
  return scratch.database->image();
}

void StubWorld::change(const Seed& seed) {
  const MutexLock lock(mutex_);
  store_.database->write([&](Writer& writer) {
    applySeed(writer, seed, clock_.now(), settings_.engine.refreshTokenExpiryDays);
  });
  noticeChanges();
}

void StubWorld::saveSnapshot(const std::string& name) {
  const MutexLock lock(mutex_);
  if (snapshots_.size() >= maxSnapshots && !snapshots_.contains(name))
    throw ValidationError({{"name", "TOO_MANY", "The maximum is 100 snapshots; overwrite one of them."}});
  engine_.flushRecords();
  snapshots_[name] = {store_.database->image(), clock_.setting(), rotation_.load(), faults_.list()};
}

bool StubWorld::restoreSnapshot(const std::string& name) {
  const MutexLock lock(mutex_);
  const auto found = snapshots_.find(name);
  if (found == snapshots_.end()) return false;
  const Snapshot& snapshot = found->second;
  rotation_.store(snapshot.rotation);
  faults_.replace(snapshot.faults);
  clock_.set(snapshot.clock);
  restore(snapshot.image);
  return true;
}

std::vector<std::string> StubWorld::snapshots() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, snapshot] : snapshots_) names.push_back(name);
  return names;
}

void StubWorld::turnClock(const std::function<void(StubClock&)>& turn) {
  const MutexLock lock(mutex_);
  turn(clock_);
  engine_.flushRecords();
  engine_.cleanupExpiredSessions();
}

void StubWorld::delay(std::chrono::milliseconds time) {
  nothing_.find([](const SeenRequest&) { return false; }, time);
}

void StubWorld::stop() {
  requests_.stop();
  events().stop();
  nothing_.stop();
}

}  // namespace glitch_protocol::web
