// The engine: who is this, and are they still signed in?
//
// What it promises, on any adapter that passes tests/contract (tests/engine/promises_test.cpp has a case for
// each):
//
//   1. A refresh token is accepted once. Of any number of parallel calls with one token at most one
//      rotates it.
//   2. A superseded refresh token ends every session of its user (or its own, by reuseScope), and that
//      ending is durable although the call fails.
//   3. Inside refreshReuseWindowSeconds the superseded token is answered with the current one, and nothing
//      ends.
//   4. A token whose session has ended, or that has expired, is refused and ends nothing else.
//   5. Once a call that ends sessions has returned, no access or refresh token of theirs is accepted here
//      any more, whatever the cache holds; nor, once a change of the password has returned, any token that
//      the changing session had before.
//   6. An outage is a StoreError, never a verdict; and whatever it interrupted has not happened.
//   7. With a warm cache authenticate() does not touch the database, and never waits for a disk.
//   8. Order is commit, then cache, then broadcast: nothing is announced that could still be undone.
//   9. A lineage is one row, however often it rotates.
//  10. Cleanup removes nothing that is alive, in transactions of at most 500 rows.
//  11. Passwords and tokens appear in no exception text.
//  12. Sessions need no user row of ours: with a user directory of the app's, or trustCaller(), the promises hold as
//      they do for our own users.
//  13. What is written through getDatabaseAdapter(), or by another engine on the same database, is not hidden by the
//      cache: at once in the first case, after acceptExternalChanges() in the second, which forgets what changed and
//      nothing else.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache_adapter.h"
#include "clock.h"
#include "database_adapter.h"
#include "engine_config.h"
#include "errors.h"
#include "random.h"
#include "session_page.h"
#include "socket_broadcaster.h"
#include "types.h"

namespace glitch_protocol {

class Core;

/// A session that has just been opened.
struct CreatedSession {
  SessionInfo session;
  TokenPair tokens;
};

/// The answer to an accepted refresh token.
struct Rotation {
  TokenPair tokens;
  UserId userId;
  SessionId sessionId;
};

/// Whose access token this is, with what the user directory says of them.
struct Identity {
  AccessClaims claims;
  std::string email;  ///< empty where the directory knows none
  std::optional<std::string> name;
  TimePoint userCreatedAt{};
};

/// Whose refresh token this is.
struct RefreshIdentity {
  UserId userId;
  SessionId sessionId;
  TimePoint issuedAt{};  ///< from identifyRefreshToken() only
};

/// A refresh token with a right MAC, from Engine::checkRefreshToken(). Whether it is accepted, the database tells.
/// *Immutable.*
class CheckedRefreshToken {
 public:
  const LineageId& lineageId() const { return lineageId_; }

 private:
  friend class Engine;
  CheckedRefreshToken(const LineageId& lineageId, std::uint64_t counter)
      : lineageId_(lineageId), counter_(counter) {}

  LineageId lineageId_;
  std::uint64_t counter_;
};

/// *Thread-safe.* Every call may throw StoreError (nothing was decided) beside what its comment names; calls that write
/// or hash also BusyError. Ids that are given to store are checked first: ValidationError unless isStorableId().
class Engine {
 public:
  /// Adapters, clock and random source are borrowed and must outlive the engine. Throws std::invalid_argument
  /// naming the fault when the configuration is out of range. Opens nothing and starts no thread.
  Engine(DatabaseAdapter&, CacheAdapter&, SocketBroadcaster&, EngineConfig, Clock& = systemClock(),
         RandomSource& = systemRandom());
  /// Stops the cleanup job and writes what is still to be recorded.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // ---- Tokens ----------------------------------------------------------------------------------------------

  /// Starts a new refresh lineage in the session and signs an access token. SessionError SESSION_NOT_FOUND
  /// when the session is not the user's or has ended; AccountError USER_NOT_FOUND when the app's directory says so.
  TokenPair generateTokens(const UserId&, const SessionId&);

  /// Answers a refresh token by the decision table of rotation.h. TokenError TOKEN_INVALID, TOKEN_EXPIRED or
  /// TOKEN_REUSE_DETECTED. `presentedBy` is kept with a reuse in the account's history.
  Rotation rotateRefreshToken(std::string_view refreshToken, const ClientInfo& presentedBy = {});

  /// Whose refresh token this is, without using it up: TokenError TOKEN_INVALID for anything but the current
  /// token of a live session (a superseded one does not count as reuse here), TOKEN_EXPIRED for an expired
  /// one.
  RefreshIdentity identifyRefreshToken(std::string_view refreshToken);

  /// Form and MAC only: the token if this server made it, whatever has become of it; nothing for anything else. No
  /// I/O. The calls above, and logoutByRefreshToken(), take it in place of the text, so that a request that needs
  /// several of them checks the MAC once.
  std::optional<CheckedRefreshToken> checkRefreshToken(std::string_view refreshToken) const;
  Rotation rotateRefreshToken(const CheckedRefreshToken&, const ClientInfo& presentedBy = {});
  RefreshIdentity identifyRefreshToken(const CheckedRefreshToken&);

  /// Signature, form and time only. No I/O. TokenError TOKEN_EXPIRED or TOKEN_INVALID.
  AccessClaims verifyAccessToken(std::string_view accessToken) const;

  /// verifyAccessToken, and the session must be alive: SessionError SESSION_TERMINATED or SESSION_EXPIRED;
  /// TokenError TOKEN_INVALID for a token that a change of the password has replaced.
  AccessClaims authenticate(std::string_view accessToken);
  /// The same, with the user's profile.
  Identity identify(std::string_view accessToken);
  /// The claims of a token that may sign its session out: verifyAccessToken, and no change of the password
  /// has replaced it (TokenError TOKEN_INVALID). The session may have ended.
  AccessClaims verifyForLogout(std::string_view accessToken);

  // ---- Passwords -------------------------------------------------------------------------------------------

  /// A bcrypt hash at the configured cost. ValidationError for a password over 72 bytes or with a NUL.
  std::string hashPassword(std::string_view password);
  /// False for a wrong password and for any malformed hash.
  bool comparePassword(std::string_view password, std::string_view storedHash);

  // ---- Sessions --------------------------------------------------------------------------------------------

  /// Session and lineage in one transaction; then SESSION_NEW to all of the user's streams. AccountError
  /// USER_NOT_FOUND when the user does not exist or is disabled. Past maxSessionsPerUser the oldest session
  /// ends; at most 100 end at one sign-in, so a limit that was lowered takes effect over several. User agents are
  /// cut at 512 bytes.
  CreatedSession createSession(const UserId&, std::string_view ipAddress, std::string_view userAgent);

  /// All of the user's live sessions, newest activity first. Cached while they fit on one page; otherwise
  /// takes memory and time in proportion to their number.
  std::vector<SessionInfo> getActiveSessions(const UserId&);
  /// One page of them, at a bounded cost. Pages are cut in the order of the activity that is written down;
  /// activity of the last second or so moves a session within its page only (flushActivity() writes it). A
  /// session used between two calls moves to the front of the list, so it may be missed or appear twice. ValidationError (field after) when `after` is no
  /// session of the user's that is on file.
  SessionPage getActiveSessions(const UserId&, const SessionPageRequest&);
  /// One live session of the user; nothing when it has ended or is somebody else's.
  std::optional<SessionInfo> findActiveSession(const UserId&, const SessionId&);
  /// Why the session has ended, "user_deleted" when it does not exist; nothing while it lives. Cached.
  std::optional<std::string> endReasonOf(const SessionId&);

  /// Ends one session of the user; then SESSION_TERMINATED to its streams and SESSIONS_UPDATED to the others.
  /// `reason` empty means "terminated". `by` goes into the account's history. SessionError SESSION_NOT_FOUND for an
  /// unknown, ended or somebody else's session.
  void terminateSession(const SessionId&, const UserId&, std::string_view reason = "",
                        Actor by = Actor::user);

  /// Ends all of the user's sessions but `current` (which may be empty), in one transaction. Returns how many ended.
  std::size_t terminateAllOtherSessions(const UserId&, const SessionId& current, Actor by = Actor::user);

  /// Signs out the session that a refresh token belongs to, whichever of its tokens is presented; nothing
  /// happens when it has ended before. Returns whose session it was, or nothing when it is not on file any
  /// more. TokenError TOKEN_INVALID when the token was not made by this server.
  std::optional<RefreshIdentity> logoutByRefreshToken(std::string_view refreshToken);
  std::optional<RefreshIdentity> logoutByRefreshToken(const CheckedRefreshToken&);
  /// Signs out a session whose access token was verified; nothing happens when it has ended before.
  void logout(const SessionId&, const UserId&);

  /// Notes that the session is in use: at most once in activityDebounceSeconds, written in the background.
  void updateSessionActivity(const SessionId&);
  /// Writes what is waiting to be recorded, if activity of this session is among it: at most one transaction
  /// in activityDebounceSeconds for each session.
  void flushActivity(const SessionId&);
  /// Ties the session to its event stream, or unties it.
  void updateSessionSocketId(const SessionId&, const std::optional<SocketId>&);

  // ---- Housekeeping ----------------------------------------------------------------------------------------

  /// Ends expired sessions (their devices are told), purges what ended long ago. Skipped while another holds
  /// the lock.
  void cleanupExpiredSessions();
  /// Runs cleanupExpiredSessions every `interval` on a thread of its own. Does nothing when it runs already.
  void startCleanupJob(std::chrono::milliseconds interval = std::chrono::minutes{15});
  /// Returns when the job has stopped: at once, or after the batch in hand. Does nothing when none runs.
  void stopCleanupJob();

  /// Adds an event to the account history in the background, together with others. User agents are cut at 512
  /// bytes. Of events without a user 1,000 an hour are recorded, the rest is counted in one (anonymous_events.h).
  void record(AuditEvent);
  /// Writes what is waiting to be recorded, now.
  void flushRecords();

  /// Sends the first page of the user's present sessions to one stream, never older than what the stream was sent before.
  void sendSessions(const UserId&, const SocketId&);
  /// Another engine, perhaps of another process, has changed the database: forgets what the change feed names, and tells
  /// those `listeners` whom it concerns. Where the feed does not tell everything (at the first call, or when a part has
  /// been purged), forgets everything and looks after all listeners. On StoreError the next call does it again.
  void acceptExternalChanges(const std::vector<Listener>& listeners);
  /// The content of the database has been replaced, or changed without the feed: forgets everything, and tells all
  /// `listeners` what has changed for them.
  void acceptReplacedDatabase(const std::vector<Listener>& listeners);
  /// What the app's user directory says of the user has changed: it is asked again at the next use of a session.
  void forgetUser(const UserId&);

  // ---- Statistics ------------------------------------------------------------------------------------------

  /// How many sessions are alive, of all users. Reads the database.
  std::uint64_t countActiveSessions();
  /// Passwords that are being hashed at this moment, and those that wait for their turn.
  struct HashingLoad {
    std::size_t running = 0;
    std::size_t waiting = 0;
  };
  HashingLoad hashingLoad() const;
  /// Events handed to record() that got no row of their own, since the engine was made.
  struct UnrecordedEvents {
    std::uint64_t counted = 0;  ///< told in a row together
    std::uint64_t lost = 0;     ///< came while too many waited for the database
  };
  UnrecordedEvents unrecordedEvents() const;

  // ---- Neighbours ------------------------------------------------------------------------------------------

  /// The database, for what the engine does not expose. What is written through it the cache forgets.
  DatabaseAdapter& getDatabaseAdapter();
  Clock& clock();
  RandomSource& random();
  const EngineConfig& config() const;

  /// What the other facades of this library share with the engine; of no use outside.
  Core& core() { return *core_; }

 private:
  // constant after construction
  const std::unique_ptr<Core> core_;
};

}  // namespace glitch_protocol
