// The part of the database port that reads and writes sessions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "types.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// A position in the list of a user's live sessions: after a session with these values, which need not exist.
struct SessionCursor {
  TimePoint lastActivity{};
  TimePoint createdAt{};
  SessionId id;
};

/// Reads sessions. A session is live while it has no `endedAt` and its `expiresAt` is after `now`. Valid only
/// inside the transaction's function. *One thread at a time.*
class SessionsReader {
 public:
  virtual ~SessionsReader() = default;

  virtual std::optional<Session> find(const SessionId&) = 0;
  /// At most `limit` of the user's live sessions after the cursor (empty: from the start), in the order newest
  /// `lastActivity` first, then newest `createdAt`, then by id.
  virtual std::vector<Session> listLive(const UserId&, TimePoint now,
                                        const std::optional<SessionCursor>& after, std::size_t limit) = 0;
  /// All of the user's live sessions, in the same order.
  std::vector<Session> listLive(const UserId& user, TimePoint now) {
    return listLive(user, now, std::nullopt, std::numeric_limits<std::size_t>::max());
  }
  /// At most `limit` of the user's live sessions, oldest `createdAt` first, then by id.
  virtual std::vector<Session> listOldestLive(const UserId&, TimePoint now, std::size_t limit) = 0;
  /// At most `limit` of the user's sessions, including ended and expired ones, in the order of `createdAt`, then of id.
  virtual std::vector<Session> listAll(const UserId&, std::size_t limit) = 0;

  virtual std::uint64_t countLive(const UserId&, TimePoint now) = 0;
  /// The number of live sessions of all users.
  virtual std::uint64_t countLive(TimePoint now) = 0;

  /// Whether any of the user's sessions, including ended ones, has an address of this site (siteOf() in
  /// site.h). The cost does not grow with the number of sessions.
  virtual bool hasFromSite(const UserId&, std::string_view site) = 0;
};

/// Reads and changes sessions; reads include its own changes. "Returns false" always means that there is no such
/// session in that state and that nothing has changed. *One thread at a time.*
class SessionsWriter : public SessionsReader {
 public:
  /// The id must be new; otherwise StoreError. The user needs no row.
  virtual void insert(const Session&) = 0;
  /// Sets `endedAt` and `endReason`. Returns false if the session has already ended.
  virtual bool end(const SessionId&, TimePoint endedAt, std::string_view reason) = 0;
  /// Moves `lastActivity` forward to `at`, never back. Returns false if the session has ended.
  virtual bool touch(const SessionId&, TimePoint at) = 0;
  /// Sets `expiresAt`. Returns false if the session has ended.
  virtual bool extend(const SessionId&, TimePoint expiresAt) = 0;
  /// Sets `tokensFrom`. Returns false if the session has ended.
  virtual bool setTokensFrom(const SessionId&, TimePoint from) = 0;
  /// Sets or clears `socketId`, also for a session that has ended.
  virtual bool setSocketId(const SessionId&, const std::optional<SocketId>&) = 0;

  /// At most `limit` sessions that have not ended and whose `expiresAt` is not after `now`, oldest expiry first.
  virtual std::vector<Session> listExpired(TimePoint now, std::size_t limit) = 0;
  /// Removes at most `limit` sessions that ended before `endedBefore`, and their lineages. Returns how many.
  virtual std::size_t purgeEnded(TimePoint endedBefore, std::size_t limit) = 0;
};

}  // namespace v1
}  // namespace glitch_protocol
