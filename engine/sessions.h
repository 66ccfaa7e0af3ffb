// The life of sessions, in two halves that every caller keeps apart: steps inside a write transaction, and
// what is told afterwards. The order is always commit, then cache, then broadcast; so a step changes rows
// only, and returns what must be announced once write() has returned.
#pragma once

#include <array>
#include <mutex>
#include <string_view>
#include <vector>

#include "engine/access_token.h"
#include "engine/clock.h"
#include "engine/database_adapter.h"
#include "engine/engine.h"
#include "engine/engine_config.h"
#include "engine/random.h"
#include "engine/recorder.h"
#include "engine/refresh_token.h"
#include "engine/session_cache.h"
#include "engine/socket_broadcaster.h"

namespace glitch_protocol {

/// Sessions of one user that a transaction has ended; `endReason` is set in each. Empty: nothing to announce.
struct EndedSessions {
  UserId userId;
  std::vector<Session> sessions;
};

/// What a transaction has opened, and what it ended to make room.
struct OpenedSession {
  Session session;
  Lineage lineage;
  EndedSessions evicted;
};

/// *Thread-safe*, but for the Writers that are passed in.
class Sessions {
 public:
  /// What it works with. Everything is borrowed and must outlive it.
  struct Ports {
    DatabaseAdapter& database;
    SessionCache& cache;
    SocketBroadcaster& broadcaster;
    Recorder& recorder;
    Clock& clock;
    RandomSource& random;
    const EngineConfig& config;
  };
  explicit Sessions(Ports);

  // --- Steps inside a transaction
  // -------------------------------------------------------------------------------

  /// A session and its first lineage. The user exists and may sign in: the caller has checked that in
  /// `writer`.
  OpenedSession open(Writer& writer, const UserId&, const ClientInfo&);
  /// One more lineage in a live session.
  Lineage startLineage(Writer& writer, const Session&);

  /// Ends one session that has not ended, and notes `event` (unless empty) in the account's history.
  EndedSessions end(Writer& writer, const Session&, std::string_view reason, std::string_view event);
  /// Ends all of the user's sessions that have not ended, but `keep`; also those that have expired meanwhile.
  /// The history gets one event for each.
  EndedSessions endAll(Writer& writer, const UserId&, const SessionId& keep, std::string_view reason);

  /// Adds an event to the account's history.
  void note(Writer& writer, std::string_view event, const UserId&, const SessionId&, const ClientInfo&);

  // --- After the commit
  // -----------------------------------------------------------------------------------------

  void announceOpened(const OpenedSession&);
  void announceEnded(const EndedSessions&);
  /// The user's present list to one stream (`socket` set) or to all. Calls for one user are serialised and
  /// each reads afresh, so that no stream is left with an older list after a younger one. Best effort: an
  /// outage is not reported.
  void announceList(const UserId&, const std::optional<SocketId>& socket);

  // --- Looking
  // --------------------------------------------------------------------------------------------------

  TokenPair sign(const AccessTokens&, const RefreshTokens&, const Session&, const Lineage&) const;
  /// Cached; activity that is not written yet is laid over it.
  std::vector<SessionInfo> list(const UserId&);
  /// From the cache, else from the database; a session that does not exist counts as ended.
  CachedSession find(const SessionId&);

 private:
  std::vector<SessionInfo> readList(const UserId&);
  void makeRoom(Writer&, const UserId&, OpenedSession&);

  static constexpr std::size_t listLocks = 64;

  // constant after construction
  const Ports ports_;
  // held while a user's list is read and sent
  std::array<std::mutex, listLocks> listMutexes_;
};

/// What the owner of a session may see of it.
SessionInfo toInfo(const Session&);
/// As a client is kept: its user agent cut at 512 bytes, at a character's start.
ClientInfo toStore(const ClientInfo&);

}  // namespace glitch_protocol
