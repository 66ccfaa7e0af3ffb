// The parts that Engine, Accounts and KnownClients share: adapters, configuration, and the objects made of them. Public
// headers only declare the class.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/core/anonymous_events.h"
#include "engine/core/periodic_task.h"
#include "engine/core/watched_database.h"
#include "engine/database_adapter.h"
#include "engine/engine_config.h"
#include "engine/errors.h"
#include "engine/passwords/password_hasher.h"
#include "engine/sessions/recorder.h"
#include "engine/sessions/session_cache.h"
#include "engine/sessions/sessions.h"
#include "engine/sync/mutex.h"
#include "engine/tokens/access_token.h"
#include "engine/tokens/device_token.h"
#include "engine/tokens/refresh_token.h"

namespace glitch_protocol::inline v1 {

/// *Thread-safe.* Each member uses only members above it. Destruction runs in reverse: the cleanup job stops first, and
/// the recorder writes its pending records while everything that it uses still exists.
class Core {
 public:
  /// Borrows what is passed by reference. std::invalid_argument when the configuration is out of range.
  Core(DatabaseAdapter&, CacheAdapter&, SocketBroadcaster&, EngineConfig, Clock&, RandomSource&);

  /// If the embedder's directory decides who may sign in: AccountError USER_NOT_FOUND unless this user may.
  /// Called before a transaction.
  void requireKnownUser(const UserId&) const;
  bool isKnownUser(const UserId&) const;
  /// The same if the users table decides. Called inside the transaction.
  void requireUserRow(Reader&, const UserId&) const;
  /// Whether the embedder has a directory of its own, other than trustCaller().
  bool hasEmbeddersDirectory() const;

  TokenPair sign(const Session& session, const Lineage& lineage, TimePoint decidedAt) const {
    return sessions.sign(accessTokens, refreshTokens, session, lineage, decidedAt);
  }
  /// Adds an event to the account history in the background.
  void record(AuditEvent);
  void recordAnonymous(AnonymousEvents::Counts);
  void reportFailure(std::string_view what) const {
    if (config.onBackgroundError) config.onBackgroundError(what);
  }

  // constant after construction
  const EngineConfig config;
  DatabaseAdapter& database;
  CacheAdapter& cache;
  SocketBroadcaster& broadcaster;
  Clock& clock;
  RandomSource& random;
  const std::uint64_t origin;  ///< of this engine's entries in the change feed
  const AccessTokens accessTokens;
  const RefreshTokens refreshTokens;
  const DeviceTokens deviceTokens;
  const std::shared_ptr<PasswordHasher> sharedHasher;
  PasswordHasher& hasher;

  // lock themselves
  SessionCache sessionCache;
  Recorder recorder;
  AnonymousEvents anonymousEvents;
  Sessions sessions;
  WatchedDatabase watchedDatabase;
  PeriodicTask cleanupJob;

  Mutex feedMutex;  ///< held while the change feed is read and applied
  /// The position up to which the feed has been applied; empty: unknown.
  std::optional<std::uint64_t> feedPosition GUARDED_BY(feedMutex);
};

/// Throws ValidationError (field `field`) unless the id may be stored.
template <class Tag>
void requireStorable(const Id<Tag>& id, std::string_view field) {
  if (!isStorableId(id.str())) throw createInvalidIdError(field);
}

}  // namespace glitch_protocol::inline v1
