// The engine's port to a database. An adapter offers small primitives inside transactions; every decision
// stays in the engine. tests/contract/database_contract.h is the executable form of this file.
//
// Any primitive, read() and write() themselves may throw StoreError when the machinery fails. Nothing else is
// thrown by an adapter on its own account.
//
// read() and write() may wait for others (other processes, a free connection), but not without an end: an
// adapter has a bound of its own, which counts from the arrival of the request in hand where there is one
// (engine/patience.h). What waits in vain until then is a StoreError.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/types.h"

namespace glitch_protocol {

/// A position in a user's live sessions: behind a session with these values, which need not exist.
struct SessionCursor {
  TimePoint lastActivity{};
  TimePoint createdAt{};
  SessionId id;
};

/// Looks at one consistent state of the data. Valid only inside the function it was passed to.
/// *One thread at a time.*
class Reader {
 public:
  virtual ~Reader() = default;

  virtual std::optional<User> findUser(const UserId&) = 0;
  /// `email` in lower case, compared byte by byte.
  virtual std::optional<User> findUserByEmail(std::string_view email) = 0;
  /// At most `limit` users in ascending order of e-mail, those after `afterEmail` ("" begins).
  virtual std::vector<User> listUsers(std::string_view afterEmail, std::size_t limit) = 0;

  virtual std::optional<Session> findSession(const SessionId&) = 0;
  /// At most `limit` of the user's live sessions, which have no `endedAt` and `expiresAt` after `now`: those
  /// behind `after` (empty: from the beginning) in the order newest `lastActivity` first, then newest
  /// `createdAt`, then by id.
  virtual std::vector<Session> listLiveSessions(const UserId&, TimePoint now,
                                                const std::optional<SessionCursor>& after,
                                                std::size_t limit) = 0;
  /// All of them.
  std::vector<Session> listLiveSessions(const UserId& user, TimePoint now) {
    return listLiveSessions(user, now, std::nullopt, std::numeric_limits<std::size_t>::max());
  }
  /// At most `limit` of the user's live sessions, oldest `createdAt` first, then by id.
  virtual std::vector<Session> listOldestLiveSessions(const UserId&, TimePoint now, std::size_t limit) = 0;
  virtual std::uint64_t countLiveSessions(const UserId&, TimePoint now) = 0;

  /// All of the user's sessions, ended ones too, in order of `createdAt`, then of id.
  virtual std::vector<Session> listSessions(const UserId&) = 0;

  /// Whether any of the user's sessions, ended ones too, has an address of this site (siteOf(), ip_address.h).
  /// Its cost does not grow with the number of sessions.
  virtual bool hasSessionFrom(const UserId&, std::string_view site) = 0;

  /// How many sessions of all users have no `endedAt` and `expiresAt` after `now`.
  virtual std::uint64_t countLiveSessions(TimePoint now) = 0;

  virtual std::optional<Lineage> findLineage(const LineageId&) = 0;

  /// The user's last `limit` events, newest first.
  virtual std::vector<AuditEvent> listAuditEvents(const UserId&, std::size_t limit) = 0;
  /// The last `limit` events of everybody, and of nobody, newest first.
  virtual std::vector<AuditEvent> listLatestAuditEvents(std::size_t limit) = 0;
};

/// Looks at and changes the data inside one transaction; sees its own changes. *One thread at a time.*
/// "Returns false" always means: no such row (in that state), nothing changed.
class Writer : public Reader {
 public:
  /// False when the id or the e-mail is taken; nothing changed then.
  virtual bool insertUser(const User&) = 0;
  /// Replaces every field of the user with that id but `createdAt`. False when there is none or the e-mail is
  /// taken.
  virtual bool updateUser(const User&) = 0;
  /// Removes the user with all their sessions and lineages; audit events stay. False when there is none.
  virtual bool deleteUser(const UserId&) = 0;

  /// The user must exist and the id be new (anything else is a StoreError).
  virtual void insertSession(const Session&) = 0;
  /// Sets `endedAt` and `endReason` if the session has not ended yet; false otherwise.
  virtual bool endSession(const SessionId&, TimePoint endedAt, std::string_view reason) = 0;
  /// Moves `lastActivity` forward to `at` (never back) on a session that has not ended; false otherwise.
  virtual bool touchSession(const SessionId&, TimePoint at) = 0;
  /// Sets when a session that has not ended expires; false otherwise.
  virtual bool extendSession(const SessionId&, TimePoint expiresAt) = 0;
  /// Ties the session to an event stream, or unties it; false when there is no such session.
  virtual bool setSessionSocketId(const SessionId&, const std::optional<SocketId>&) = 0;

  /// Sets `tokensFrom` of a session that has not ended; false otherwise.
  virtual bool setTokensFrom(const SessionId&, TimePoint from) = 0;

  /// The session must exist and the id be new (anything else is a StoreError).
  virtual void insertLineage(const Lineage&) = 0;
  /// Compare-and-swap: only where the row's counter is `fromCounter` does it become `fromCounter + 1`, with
  /// these times.
  virtual bool advanceLineage(const LineageId&, std::uint64_t fromCounter, TimePoint rotatedAt,
                              TimePoint expiresAt) = 0;
  /// Removes all lineages of the session. Returns how many.
  virtual std::size_t deleteLineages(const SessionId&) = 0;

  virtual void insertAuditEvent(const AuditEvent&) = 0;

  /// At most `limit` sessions that have not ended and whose `expiresAt` is not after `now`, oldest expiry
  /// first.
  virtual std::vector<Session> listExpiredSessions(TimePoint now, std::size_t limit) = 0;
  /// Removes at most `limit` sessions that ended before `endedBefore`, with their lineages. Returns how many.
  virtual std::size_t purgeEndedSessions(TimePoint endedBefore, std::size_t limit) = 0;
  /// Removes at most `limit` lineages that expired before `expiredBefore`. Returns how many.
  virtual std::size_t purgeExpiredLineages(TimePoint expiredBefore, std::size_t limit) = 0;
  /// Removes at most `limit` events from before `before`. Returns how many.
  virtual std::size_t purgeAuditEvents(TimePoint before, std::size_t limit) = 0;
};

/// A database. *Thread-safe.* Must outlive every Engine built on it.
class DatabaseAdapter {
 public:
  virtual ~DatabaseAdapter() = default;

  /// Runs `look` on one consistent state, which holds at least every write() that had returned before.
  /// Exceptions of `look` pass through.
  virtual void read(const std::function<void(Reader&)>& look) = 0;

  /// Runs `change` in one atomic, durable transaction: when write() returns, the change survives `kill -9`
  /// and power loss. When `change` throws, nothing of it happened and the exception passes through. On
  /// StoreError nothing of it happened either. Writes are serialised: `change` sees all earlier ones and no
  /// other runs meanwhile. `change` runs exactly once, possibly on another thread (writers may share a
  /// commit), so it must not take locks that its caller holds, nor call read() or write() itself.
  virtual void write(const std::function<void(Writer&)>& change) = 0;
};

}  // namespace glitch_protocol
