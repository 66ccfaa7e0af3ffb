// The life of sessions, in two halves that every caller keeps apart: steps inside a write transaction, and
// what is told afterwards. The order is always commit, then cache, then broadcast; so a step changes rows
// only, and returns what must be announced once write() has returned.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/clock.h"
#include "engine/database_adapter.h"
#include "engine/engine_config.h"
#include "engine/random.h"
#include "engine/session_page.h"
#include "engine/sessions/recorder.h"
#include "engine/sessions/session_cache.h"
#include "engine/socket_broadcaster.h"
#include "engine/sync/mutex.h"
#include "engine/tokens/access_token.h"
#include "engine/tokens/refresh_token.h"

namespace glitch_protocol {

/// Sessions of one user that a transaction has ended, all for one reason. Empty: nothing to announce.
struct EndedSessions {
  UserId userId;
  std::string reason;
  std::vector<SessionId> sessions;
};

/// What a transaction has opened, and what it ended to make room.
struct OpenedSession {
  Session session;
  Lineage lineage;
  EndedSessions evicted;
};

/// What an account's history says of something that has happened. An empty event is not noted.
struct Happening {
  std::string_view event;  ///< one of audit_events.h
  Actor by = Actor::user;
};

/// A session whose tokens a transaction has replaced, and the lineage that continues it.
struct RenewedSession {
  Session session;
  Lineage lineage;
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
    std::uint64_t origin;  ///< of the lines in the change feed
  };
  explicit Sessions(Ports);

  // --- Steps inside a transaction
  // -------------------------------------------------------------------------------

  /// A session and its first lineage. The user exists and may sign in: the caller has checked that in
  /// `writer`.
  OpenedSession open(Writer& writer, const UserId&, const ClientInfo&);
  /// One more lineage in a live session.
  Lineage startLineage(Writer& writer, const Session&);

  /// Kills every token of a live session issued so far, and starts the lineage of the next ones. BusyError
  /// when that has happened too often within one second.
  RenewedSession renewTokens(Writer& writer, Session);

  /// Ends one session that has not ended, and notes `event` (unless empty) in the account's history.
  EndedSessions end(Writer& writer, const Session&, std::string_view reason, const Happening& event);
  /// Ends all of the user's sessions that have not ended, but `keep`; also those that have expired meanwhile.
  /// The history gets one event for each. Takes time in proportion to their number, but little memory.
  EndedSessions endAll(Writer& writer, const UserId&, const SessionId& keep, std::string_view reason, Actor);
  /// Ends those of the sessions that have not ended because their time is over. By user.
  std::map<UserId, EndedSessions> endExpired(Writer& writer, std::size_t limit);

  /// Adds an event to the account's history.
  void note(Writer& writer, const Happening&, const UserId&, const SessionId&, const ClientInfo&);
  /// Adds a line to the change feed.
  void noteChange(Writer& writer, ChangeKind, std::string_view id);

  // --- After the commit
  // -----------------------------------------------------------------------------------------

  // None of these throws: a lack of memory, or an outage, is reported as background work that failed.

  /// Announces and uses up `opened.evicted`.
  void announceOpened(OpenedSession& opened);
  /// No device is told: the session goes on.
  void acceptRenewed(const RenewedSession&);
  void announceEnded(EndedSessions ended);
  /// The first page of the user's present list to one stream (`socket` set) or to all. Calls for one user are serialised and
  /// each reads afresh, so that no stream is left with an older list after a younger one. Best effort: an
  /// outage is not reported.
  void announceList(const UserId&, const std::optional<SocketId>& socket);

  // --- Looking
  // --------------------------------------------------------------------------------------------------

  /// The tokens of a session and a lineage as a transaction left them; `decidedAt` is the time that the
  /// transaction went by. A later time would let the access token outlive a change of the password that comes
  /// between the commit and the signing.
  TokenPair sign(const AccessTokens&, const RefreshTokens&, const Session&, const Lineage&,
                 TimePoint decidedAt) const;
  // Activity that is not written yet is laid over what these three return. Pages are cut in the order that the
  // database has; within its page a session moves to where its latest activity belongs.

  /// All of them. Only a list of a single page comes from the cache.
  std::vector<SessionInfo> list(const UserId&);
  /// The first page comes from the cache. ValidationError (field after) for a session that is not the user's
  /// or is no longer on file.
  SessionPage page(const UserId&, const SessionPageRequest&);
  /// Nothing when the session is not the user's, has ended or does not exist. Reads the database.
  std::optional<SessionInfo> findLive(const UserId&, const SessionId&);

  /// From the cache, else from the database, in its order and without activity that is not written yet. A
  /// cached total may count sessions of later pages that have expired since the last cleanup.
  FirstPage firstPage(const UserId&);
  /// From the cache, else from the database and the user directory. A session that does not exist, or whose user
  /// does not, counts as ended and has no user; one whose user is disabled counts as ended.
  CachedSession find(const SessionId&);

 private:
  template <class Step>
  void attempt(Step step);
  EndedSessions makeRoom(Writer&, const UserId&);
  bool endRow(Writer&, const Session&, TimePoint now, std::string_view reason, const Happening&);
  SessionPage pageBehind(const UserId&, const SessionId& after, std::size_t limit);
  void layActivityOver(std::vector<SessionInfo>&) const;

  static constexpr std::size_t listLocks = 64;

  // constant after construction
  const Ports ports_;
  // held while a user's list is read and sent
  std::array<Mutex, listLocks> listMutexes_;
};

/// What the owner of a session may see of it.
SessionInfo toInfo(const Session&);
/// As a client is kept: its user agent cut at maxUserAgentBytes, at a character's start, and its address at
/// maxIpAddressBytes.
ClientInfo toStore(const ClientInfo&);

}  // namespace glitch_protocol
