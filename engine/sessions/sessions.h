// Opens, ends and lists sessions. Changes have two parts: steps that run inside a write transaction, and announcements
// after the commit. The order is always commit, cache, broadcast: a step changes rows only, and returns what must be
// announced once write() has returned.
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

namespace glitch_protocol::inline v1 {

/// Sessions of one user that a transaction has ended, all for the same reason. Empty: nothing to announce.
struct EndedSessions {
  UserId userId;
  std::string reason;
  std::vector<SessionId> sessions;
};

/// A session that a transaction has opened, and the sessions that it ended because of the limit.
struct OpenedSession {
  Session session;
  Lineage lineage;
  EndedSessions evicted;
};

/// An entry for the account history. An empty `event` adds none.
struct AuditAction {
  std::string_view event;  ///< one of audit_events.h
  Actor by = Actor::user;
};

/// A session whose tokens a transaction has replaced, and its new lineage.
struct RenewedSession {
  Session session;
  Lineage lineage;
};

/// *Thread-safe*, except for the Writers that are passed in.
class Sessions {
 public:
  /// Everything is borrowed and must outlive the Sessions.
  struct Ports {
    DatabaseAdapter& database;
    SessionCache& cache;
    SocketBroadcaster& broadcaster;
    Recorder& recorder;
    Clock& clock;
    RandomSource& random;
    const EngineConfig& config;
    std::uint64_t origin;  ///< of the entries in the change feed
  };
  explicit Sessions(Ports);

  // ---- Steps inside a transaction --------------------------------------------------------------------------

  /// Opens a session with its first lineage. The caller has checked in the same transaction that the user exists
  /// and may sign in.
  OpenedSession open(Writer& writer, const UserId&, const ClientInfo&);
  /// Adds a lineage to a live session.
  Lineage startLineage(Writer& writer, const Session&);

  /// Invalidates all tokens of a live session that have been issued so far, and starts a new lineage. BusyError when
  /// that has happened too often within one second.
  RenewedSession renewTokens(Writer& writer, Session);

  /// Ends one session unless it has ended, and adds `action` to the account history.
  EndedSessions end(Writer& writer, const Session&, std::string_view reason, const AuditAction& action);
  /// Ends all sessions of the user that have not ended, including expired ones, except `keep`. Adds an event to the
  /// account history for each. Time is proportional to their number; memory is bounded, apart from the list of ids.
  EndedSessions endAll(Writer& writer, const UserId&, const SessionId& keep, std::string_view reason, Actor);
  /// Ends at most `limit` expired sessions that have not ended. Returns them by user.
  std::map<UserId, EndedSessions> endExpired(Writer& writer, std::size_t limit);

  /// Adds an event to the account history.
  void note(Writer& writer, const AuditAction&, const UserId&, const SessionId&, const ClientInfo&);
  /// Adds an entry to the change feed.
  void noteChange(Writer& writer, ChangeKind, std::string_view id);

  // ---- After the commit ------------------------------------------------------------------------------------

  // None of these throws. A StoreError, BusyError or std::bad_alloc is reported to EngineConfig::onBackgroundError.

  /// Announces the new session and the evicted ones, and clears `opened.evicted`.
  void announceOpened(OpenedSession& opened);
  /// Invalidates the cached session and the user's cached list. Sends no event, because the session continues.
  void forgetRenewed(const RenewedSession&);
  void announceEnded(EndedSessions ended);
  /// Sends the first page of the user's current list to one stream (`socket` set) or to all. Calls for one user are
  /// serialised and each reads the list anew, so that no stream receives an older list after a newer one. Best effort:
  /// if reading fails, no list is sent.
  void announceList(const UserId&, const std::optional<SocketId>& socket);

  // ---- Tokens and reading ----------------------------------------------------------------------------------

  /// Signs the tokens of a session and a lineage as a transaction left them. `decidedAt` is the time that the
  /// transaction used: with a later time, the access token could outlive a password change that happens between the
  /// commit and the signing.
  TokenPair sign(const AccessTokens&, const RefreshTokens&, const Session&, const Lineage&,
                 TimePoint decidedAt) const;
  // The next three include activity that is not written yet. Pages follow the order of the database; unwritten activity
  // moves a session within its page only.

  /// Returns all live sessions. Only a list that fits on one page comes from the cache.
  std::vector<SessionInfo> list(const UserId&);
  /// Returns one page; the first comes from the cache. ValidationError (field after) when `after` is not a stored
  /// session of the user.
  SessionPage page(const UserId&, const SessionPageRequest&);
  /// Returns nothing when the session is not the user's, has ended or does not exist. Reads the database.
  std::optional<SessionInfo> findLive(const UserId&, const SessionId&);

  /// Returns the first page from the cache, or else from the database, in the order of the database and without
  /// unwritten activity. A cached total may include sessions of later pages that have expired since the last cleanup.
  FirstPage firstPage(const UserId&);
  /// Returns the session from the cache, or else from the database and the user directory. A session that does
  /// not exist, or whose user does not, counts as ended and has no user; one whose user is disabled counts as
  /// ended. `now` decides only whether the cache suffices.
  CachedSession find(const SessionId&, TimePoint now);

 private:
  template <class Step>
  void attempt(Step step);
  EndedSessions makeRoom(Writer&, const UserId&);
  bool endRow(Writer&, const Session&, TimePoint now, std::string_view reason, const AuditAction&);
  SessionPage pageAfter(const UserId&, const SessionId& after, std::size_t limit);
  void mergePendingActivity(std::vector<SessionInfo>&) const;

  static constexpr std::size_t listLocks = 64;

  // constant after construction
  const Ports ports_;
  // held while a user's list is read and sent
  std::array<Mutex, listLocks> listMutexes_;
};

/// The part of a session that its user may see.
SessionInfo toInfo(const Session&);
/// The client as it is stored: its user agent cut off after at most maxUserAgentBytes, between characters, and its
/// address after maxIpAddressBytes.
ClientInfo toStore(const ClientInfo&);

}  // namespace glitch_protocol::inline v1
