// What Engine, Accounts, KnownClients and later facades share: the adapters, the configuration, and the parts made of
// them. Public headers know it by name only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/core/anonymous_events.h"
#include "engine/core/cleanup_job.h"
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

namespace glitch_protocol {

/// *Thread-safe.* Members stand in the order in which they rely on each other: the cleanup job stops first and the
/// recorder writes its last before anything else goes.
class Core {
 public:
  /// Borrows what is passed by reference. std::invalid_argument when the configuration is out of range.
  Core(DatabaseAdapter&, CacheAdapter&, SocketBroadcaster&, EngineConfig, Clock&, RandomSource&);

  /// AccountError USER_NOT_FOUND unless the user may sign in, as far as the embedder's directory decides that. Asked
  /// before a transaction; inside it requireUserRow() follows.
  void requireKnownUser(const UserId&) const;
  /// The same where our users table decides.
  void requireUserRow(Reader&, const UserId&) const;
  /// Whether the embedder's directory has something to say about each use of a session.
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
  const std::uint64_t origin;  ///< of this engine's lines in the change feed
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
  CleanupJob cleanupJob;

  Mutex feedMutex;  ///< held while the change feed is read and acted on
  /// Up to where the feed has been acted on; empty: unknown.
  std::optional<std::uint64_t> feedPosition GUARDED_BY(feedMutex);
};

/// ValidationError (field `field`) unless the id may be stored.
template <class Tag>
void requireStorable(const Id<Tag>& id, std::string_view field) {
  if (!isStorableId(id.str())) throw createInvalidIdError(field);
}

}  // namespace glitch_protocol
