// Constructs the parts of an engine and connects them.
#include "engine/core/core.h"

#include <utility>

namespace glitch_protocol::inline v1 {

namespace {

constexpr std::chrono::minutes cacheLifetime{15};

EngineConfig checked(EngineConfig config) {
  validate(config);
  return config;
}

std::shared_ptr<PasswordHasher> hasherFor(const EngineConfig& config, RandomSource& random) {
  if (config.hooks.passwordHasher) return config.hooks.passwordHasher;
  return std::make_shared<PasswordHasher>(PasswordHasherConfig{.rounds = config.bcryptRounds, .onWork = {}},
                                          random);
}

}  // namespace

Core::Core(DatabaseAdapter& databaseAdapter, CacheAdapter& cacheAdapter, SocketBroadcaster& socketBroadcaster,
           EngineConfig engineConfig, Clock& engineClock, RandomSource& randomSource)
    : config(checked(std::move(engineConfig))),
      database(databaseAdapter),
      cache(cacheAdapter),
      broadcaster(socketBroadcaster),
      clock(engineClock),
      random(randomSource),
      origin(randomNumber(random)),
      accessTokens(config.jwtSecret, config.previousJwtSecrets),
      refreshTokens(config.jwtSecret, config.previousJwtSecrets),
      deviceTokens(config.jwtSecret, config.previousJwtSecrets),
      sharedHasher(hasherFor(config, random)),
      hasher(*sharedHasher),
      sessionCache(cache, random, cacheLifetime),
      recorder(database, config.recordingDelay,
               {.activityWritten =
                    [this](const std::vector<UserId>& owners) {
                      for (const UserId& owner : owners) sessionCache.forgetList(owner);
                    },
                .writeFailed = config.onBackgroundError}),
      anonymousEvents(clock),
      sessions({database, sessionCache, broadcaster, recorder, clock, random, config, origin}),
      watchedDatabase(database, sessionCache, clock, origin) {}

bool Core::hasEmbeddersDirectory() const {
  return config.userDirectory && config.userDirectory != trustCaller();
}

bool Core::isKnownUser(const UserId& id) const {
  if (!hasEmbeddersDirectory()) return true;
  const auto facts = config.userDirectory->find(id);
  return facts && facts->enabled;
}

void Core::requireKnownUser(const UserId& id) const {
  if (!isKnownUser(id)) throw createUserNotFoundError();
}

void Core::requireUserRow(Reader& reader, const UserId& id) const {
  if (config.userDirectory) return;
  const auto user = reader.users().find(id);
  if (!user || user->disabledAt) throw createUserNotFoundError();
}

void Core::record(AuditEvent event) {
  if (event.userId) requireStorable(*event.userId, "userId");
  if (event.sessionId) requireStorable(*event.sessionId, "sessionId");
  event.client = toStore(event.client);
  if (event.userId) return recorder.add(std::move(event));
  for (AuditEvent& row : anonymousEvents.admit(std::move(event))) recorder.add(std::move(row));
}

void Core::recordAnonymous(AnonymousEvents::Counts which) {
  if (auto row = anonymousEvents.takeCount(which)) recorder.add(std::move(*row));
}

}  // namespace glitch_protocol::inline v1
