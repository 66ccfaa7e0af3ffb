// What an Engine is made of. Shared by the files that implement Engine and Accounts; nobody else includes it.
#pragma once

#include "engine/core/anonymous_events.h"
#include "engine/core/cleanup_job.h"
#include "engine/engine.h"
#include "engine/passwords/password_hasher.h"
#include "engine/sessions/recorder.h"
#include "engine/sessions/session_cache.h"
#include "engine/sessions/sessions.h"
#include "engine/tokens/access_token.h"
#include "engine/tokens/refresh_token.h"

namespace glitch_protocol {

/// A user whose devices listen, and the fingerprint of the list they were told last, as far as that is known.
struct ListeningUser {
  std::vector<SessionId> sessions;
  std::optional<std::uint64_t> lastTold;
};

/// *Thread-safe.* Members stand in the order in which they rely on each other: the cleanup job stops first
/// and the recorder writes its last before anything else goes.
struct Engine::Parts {
  Parts(DatabaseAdapter&, CacheAdapter&, SocketBroadcaster&, EngineConfig, Clock&, RandomSource&);

  const EngineConfig config;
  DatabaseAdapter& database;
  CacheAdapter& cache;
  Clock& clock;
  RandomSource& random;

  AccessTokens accessTokens;
  RefreshTokens refreshTokens;
  const std::shared_ptr<PasswordHasher> sharedHasher;
  PasswordHasher& hasher;
  SessionCache sessionCache;
  Recorder recorder;
  AnonymousEvents anonymousEvents;
  Sessions sessions;
  SocketBroadcaster& socketBroadcaster;
  CleanupJob cleanupJob;

  TokenPair sign(const Session& session, const Lineage& lineage, TimePoint decidedAt) const {
    return sessions.sign(accessTokens, refreshTokens, session, lineage, decidedAt);
  }
  /// Ends a session if it is this user's and has not ended. Not announced yet.
  EndedSessions endOne(const SessionId&, const UserId&, std::string_view reason, std::string_view event);
  EndedSessions endReused(Writer&, const Session&, const ClientInfo& presentedBy);
  void endExpired();
  void recordAnonymous(AnonymousEvents::Counts);
  void tellChangedElsewhere(const UserId&, const ListeningUser&);
  void reportFailure(std::string_view what) const {
    if (config.onBackgroundError) config.onBackgroundError(what);
  }
};

}  // namespace glitch_protocol
