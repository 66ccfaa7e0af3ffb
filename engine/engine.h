// The engine: decides whose token a request carries and whether that session is still live.
//
// It keeps these promises on any adapter that passes tests/contract (tests/engine/promises_test.cpp has a case for
// each):
//
//   1. A refresh token is accepted once: of any number of parallel calls with the same token, at most one rotates it.
//   2. A superseded refresh token ends every session of its user (or only its own session, depending on reuseScope).
//      The sessions stay ended although the call fails.
//   3. Within refreshReuseWindowSeconds of a rotation, the token that it superseded is answered with the current one,
//      and no session ends.
//   4. A token that has expired, or whose session has ended, is refused, and no other session ends.
//   5. Once a call that ends sessions has returned, the engine accepts none of their access and refresh tokens,
//      whatever the cache holds. Once a password change has returned, it accepts no token that the session which made
//      the change had before.
//   6. An outage is a StoreError, never a verdict, and the operation that it interrupted has had no effect.
//   7. With a warm cache, authenticate() neither uses the database nor waits for a disk.
//   8. The order is commit, cache, broadcast: nothing is announced that could still be rolled back.
//   9. A lineage is one row, however often it rotates.
//  10. Cleanup removes nothing that is live, and each of its transactions changes at most 500 rows.
//  11. No exception text contains a password or a token.
//  12. Sessions need no row in the users table: with the app's own user directory, or trustCaller(), the promises hold
//      just the same.
//  13. The cache hides no change that was made through getDatabaseAdapter() or by another engine on the same database.
//      The former takes effect at once, the latter after acceptExternalChanges(), which forgets what has changed and
//      nothing else.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cache_adapter.h"
#include "clock.h"
#include "database_adapter.h"
#include "engine_config.h"
#include "errors.h"
#include "random.h"
#include "result.h"
#include "session_page.h"
#include "socket_broadcaster.h"
#include "types.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

class Core;

/// A session that has just been created, and its tokens.
struct CreatedSession {
  SessionInfo session;
  TokenPair tokens;
};

/// The result of an accepted refresh token.
struct Rotation {
  TokenPair tokens;
  UserId userId;
  SessionId sessionId;
};

/// The user of an access token: its claims, and what the user directory says about the user.
struct Identity {
  AccessClaims claims;
  std::string email;  ///< empty if the directory has none
  std::optional<std::string> name;
  TimePoint userCreatedAt{};
};

/// The user and the session of a refresh token.
struct RefreshIdentity {
  UserId userId;
  SessionId sessionId;
  TimePoint issuedAt{};  ///< set by identifyRefreshToken() only
};

/// A refresh token with a valid MAC, from Engine::checkRefreshToken(). Whether it is still accepted depends on the
/// database. *Immutable.*
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

/// The result of comparing a password with a stored hash.
struct PasswordCheck {
  bool matches = false;
  /// The password matches, and its hash has a lower cost than configured or an older form: store a new one
  /// (hashPassword()).
  bool rehash = false;
};

/// *Thread-safe.* Besides the errors in its comment, every call may throw StoreError (nothing was decided), and calls
/// that write or hash also BusyError. Ids that would be stored are checked first: ValidationError unless
/// isStorableId().
class Engine {
 public:
  /// Adapters, clock and random source are borrowed and must outlive the engine. Throws std::invalid_argument with a
  /// sentence that names the setting when the configuration is out of range. Does no I/O and starts no thread.
  Engine(DatabaseAdapter&, CacheAdapter&, SocketBroadcaster&, EngineConfig, Clock& = systemClock(),
         RandomSource& = systemRandom());
  /// Stops the cleanup job and writes the pending records.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // ---- Tokens ----------------------------------------------------------------------------------------------

  /// Starts a new lineage in the session and signs an access token. SessionError SESSION_NOT_FOUND when the session is
  /// not the user's or has ended; AccountError USER_NOT_FOUND when the user is unknown to the app's directory or
  /// disabled there.
  TokenPair generateTokens(const UserId&, const SessionId&);

  /// Exchanges a refresh token for the next pair, following the decision table of rotation.h. TokenError
  /// TOKEN_INVALID, TOKEN_EXPIRED or TOKEN_REUSE_DETECTED. `presentedBy` is recorded in the account's history when
  /// reuse is detected.
  Rotation rotateRefreshToken(std::string_view refreshToken, const ClientInfo& presentedBy = {});

  /// Returns the user and the session of a refresh token without rotating it. TokenError TOKEN_INVALID for anything
  /// but the current token of a live session (a superseded token does not count as reuse here), TOKEN_EXPIRED for an
  /// expired one.
  RefreshIdentity identifyRefreshToken(std::string_view refreshToken);

  /// Checks form and MAC only: returns the token if this server issued it, even if it is no longer accepted, and
  /// nothing for any other text. No I/O. The calls above and logoutByRefreshToken() take the result in place of the
  /// text, so that a request that needs several of them checks the MAC once.
  std::optional<CheckedRefreshToken> checkRefreshToken(std::string_view refreshToken) const;
  Rotation rotateRefreshToken(const CheckedRefreshToken&, const ClientInfo& presentedBy = {});
  /// As rotateRefreshToken(), with a denial in place of the TokenError.
  Result<Rotation> tryRotate(std::string_view refreshToken, const ClientInfo& presentedBy = {});
  Result<Rotation> tryRotate(const CheckedRefreshToken&, const ClientInfo& presentedBy = {});
  RefreshIdentity identifyRefreshToken(const CheckedRefreshToken&);

  /// Checks signature, form and times only. No I/O. TokenError TOKEN_EXPIRED or TOKEN_INVALID.
  AccessClaims verifyAccessToken(std::string_view accessToken) const;

  /// As verifyAccessToken(), and the session must be live: SessionError SESSION_TERMINATED or SESSION_EXPIRED;
  /// TokenError TOKEN_INVALID for a token that a password change has replaced.
  AccessClaims authenticate(std::string_view accessToken);
  /// As authenticate(), with the user's profile.
  Identity identify(std::string_view accessToken);
  /// As authenticate() and identify(), with a denial in place of the TokenError or SessionError.
  Result<AccessClaims> tryAuthenticate(std::string_view accessToken);
  Result<Identity> tryIdentify(std::string_view accessToken);
  /// Returns the claims of a token that may sign its session out: as verifyAccessToken(), and TokenError TOKEN_INVALID
  /// for a token that a password change has replaced. The session may have ended.
  AccessClaims verifyForLogout(std::string_view accessToken);

  // ---- Passwords -------------------------------------------------------------------------------------------

  /// Returns a bcrypt hash at the configured cost. ValidationError for a password over 72 bytes or with a NUL.
  std::string hashPassword(std::string_view password);
  /// Returns false for a wrong password and for any malformed hash.
  bool comparePassword(std::string_view password, std::string_view storedHash);
  /// For apps that keep their users themselves: compares with the stored hash of a user, or with nothing for an unknown
  /// user, and takes the same time in both cases, so that timing does not reveal who exists.
  PasswordCheck checkPassword(std::string_view password, const std::optional<std::string>& storedHash);

  // ---- Sessions --------------------------------------------------------------------------------------------

  /// Creates a session and its lineage in one transaction, then sends SESSION_NEW to all of the user's streams.
  /// AccountError USER_NOT_FOUND when the user does not exist or is disabled. Beyond maxSessionsPerUser the oldest
  /// session ends; one call ends at most 100, so a lowered limit may take several sign-ins to take effect. User agents
  /// are cut off after 512 bytes.
  CreatedSession createSession(const UserId&, std::string_view ipAddress, std::string_view userAgent);
  /// Passing a null pointer does not compile.
  template <class Address, class Agent>
  requires(std::is_null_pointer_v<Address> || std::is_null_pointer_v<Agent>) CreatedSession
      createSession(const UserId&, Address, Agent)
  = delete;

  /// Returns all live sessions of the user, newest activity first. Served from the cache while they fit on one page;
  /// otherwise memory and time are proportional to their number.
  std::vector<SessionInfo> getActiveSessions(const UserId&);
  /// Returns one page of them, at a bounded cost. Pages follow the order of the stored activity; activity that is not
  /// written yet (about the last second; flushActivity() writes it) moves a session within its page only. A session
  /// that is used between two calls moves to the front of the list, so it may be missed or appear twice.
  /// ValidationError (field after) when `after` is not a stored session of the user.
  SessionPage getActiveSessions(const UserId&, const SessionPageRequest&);
  /// Returns one live session of the user; nothing when it has ended or belongs to somebody else.
  std::optional<SessionInfo> findActiveSession(const UserId&, const SessionId&);
  /// Returns why the session has ended, "user_deleted" when it does not exist, and nothing while it is live. Cached.
  std::optional<std::string> endReasonOf(const SessionId&);

  /// Ends one session of the user, then sends SESSION_TERMINATED to its streams and SESSIONS_UPDATED to the user's
  /// other streams. An empty `reason` means "terminated". `by` is recorded in the account's history. SessionError
  /// SESSION_NOT_FOUND when the session is unknown, has ended or belongs to somebody else.
  void terminateSession(const SessionId&, const UserId&, std::string_view reason = "",
                        Actor by = Actor::user);

  /// Ends all sessions of the user in one transaction, as when the app disables or deletes the user. An empty `reason`
  /// means "terminated". Returns how many ended.
  std::size_t terminateAllSessions(const UserId&, std::string_view reason = "", Actor by = Actor::user);

  /// Ends all sessions of the user except `current` (which may be empty) in one transaction. Returns how many ended.
  std::size_t terminateAllOtherSessions(const UserId&, const SessionId& current, Actor by = Actor::user);

  /// Signs out the session of a refresh token, whether the token is current or superseded. Has no effect when the
  /// session has already ended. Returns its user and session, or nothing when the session is no longer stored.
  /// TokenError TOKEN_INVALID when this server did not issue the token.
  std::optional<RefreshIdentity> logoutByRefreshToken(std::string_view refreshToken);
  std::optional<RefreshIdentity> logoutByRefreshToken(const CheckedRefreshToken&);
  /// Signs out a session whose access token was verified. Has no effect when the session has already ended.
  void logout(const SessionId&, const UserId&);

  /// Records that the session is in use, at most once in activityDebounceSeconds. Written in the background.
  void updateSessionActivity(const SessionId&);
  /// Writes the pending records now if they include activity of this session: at most one transaction in
  /// activityDebounceSeconds for each session.
  void flushActivity(const SessionId&);
  /// Stores which event stream the session listens on, or that it listens on none.
  void updateSessionSocketId(const SessionId&, const std::optional<SocketId>&);

  // ---- Housekeeping ----------------------------------------------------------------------------------------

  /// Ends expired sessions, notifies their streams, and removes rows past their retention period. Does nothing while
  /// another process holds the cleanup lock.
  void cleanupExpiredSessions();
  /// Runs cleanupExpiredSessions() every `interval` on a separate thread. Does nothing if the job is running.
  void startCleanupJob(std::chrono::milliseconds interval = std::chrono::minutes{15});
  /// Returns when the job has stopped; a cleanup that is running is completed first. Does nothing if no job is running.
  void stopCleanupJob();

  /// Adds an event to the account history in the background, in one transaction with others. User agents are cut off
  /// after 512 bytes. Of the events without a user, 1,000 an hour get a row each; the rest are counted in one more row
  /// (anonymous_events.h).
  void record(AuditEvent);
  /// Writes the pending records now.
  void flushRecords();

  /// Sends the first page of the user's live sessions to one stream. The page is never older than one that this stream
  /// has received before.
  void sendSessions(const UserId&, const SocketId&);
  /// To call when another engine, perhaps in another process, has changed the database: forgets the cached entries that
  /// the change feed names, and sends events to those `listeners` that the changes affect. Where the feed is incomplete
  /// (at the first call, or when part of it has been purged), forgets everything and checks all listeners. After a
  /// StoreError the next call repeats the work.
  void acceptExternalChanges(const std::vector<Listener>& listeners);
  /// To call when the content of the database has been replaced, or changed without the feed: forgets everything, and
  /// tells all `listeners` what has changed for them.
  void acceptReplacedDatabase(const std::vector<Listener>& listeners);
  /// To call when the app's user directory has changed its data about the user: the next use of a session asks it
  /// again.
  void forgetUser(const UserId&);

  // ---- Statistics ------------------------------------------------------------------------------------------

  /// The number of live sessions of all users. Reads the database.
  std::uint64_t countActiveSessions();
  /// How many passwords are being hashed now, and how many wait for a thread.
  struct HashingLoad {
    std::size_t running = 0;
    std::size_t waiting = 0;
  };
  HashingLoad hashingLoad() const;
  /// Events passed to record() since construction that have no row of their own.
  struct UnrecordedEvents {
    std::uint64_t counted = 0;  ///< summarised in a shared row
    std::uint64_t lost = 0;     ///< dropped because too many were waiting for the database
  };
  UnrecordedEvents unrecordedEvents() const;

  // ---- Adapters and configuration --------------------------------------------------------------------------

  /// The database, for operations that the engine does not offer. Rows that are written through it are dropped from
  /// the cache.
  DatabaseAdapter& getDatabaseAdapter();
  Clock& clock();
  RandomSource& random();
  const EngineConfig& config() const;

  /// The parts that the engine shares with Accounts and KnownClients. Internal.
  Core& core() { return *core_; }

 private:
  // constant after construction
  const std::unique_ptr<Core> core_;
};

}  // namespace v1
}  // namespace glitch_protocol
