// Caches sessions and session lists, and detects entries that are out of date.
//
// Definitions. An entry is a copy of database rows. Its key is a session or a user's list, and it is stamped with the
// generation that the key had before the rows were read. Generations are counters in this process that only grow. The
// entry of a session also contains data about the owner, so it is stamped with the owner's generation as well. Because
// the owner is unknown until the rows have been read, userChanges_ counts all calls of forgetUser(): an entry is stored
// only if this count has not changed since before the read, and then the owner's generation has not changed either.
//
// Invariants.
//   1. To change rows, commit first, then call forget...(), which increments the generation of the key.
//   2. An entry is valid only while its stamps equal the generations of its key and of its owner.
//   3. Hence an entry that was read before a change is never valid after forget...() has returned, in whichever order
//      the two threads reach the cache. Neither is an entry that an earlier process has left in a shared cache, because
//      generations start at a random number.
//   4. Keys share counters. A lost entry, or a change of another key with the same counter, costs one database read and
//      has no other effect.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cache_adapter.h"
#include "engine/random.h"
#include "engine/session_page.h"
#include "engine/types.h"

namespace glitch_protocol::inline v1 {

/// The data about a session and its user that authenticate() needs.
struct CachedSession {
  UserId userId;
  TimePoint expiresAt{};
  bool ended = false;
  std::string endReason;
  std::string email;
  std::optional<std::string> name;
  TimePoint userCreatedAt{};
  TimePoint tokensFrom{};  ///< access tokens issued before this are invalid; the epoch: none are
};

/// The first page of a user's list in the order of the database, at most maxSessionsPerPage sessions, and how many live
/// sessions the user has.
struct FirstPage {
  std::vector<SessionInfo> sessions;
  std::uint64_t total = 0;
};

/// *Thread-safe.* Calls throw std::bad_alloc and nothing else.
class SessionCache {
 public:
  using Generation = std::uint64_t;

  /// `cache` is borrowed. Entries expire after `ttl`.
  SessionCache(CacheAdapter& cache, RandomSource&, std::chrono::milliseconds ttl);

  /// The stamp of a session's entry, as far as it is known before the rows are read.
  struct Stamp {
    Generation session = 0;
    std::uint64_t userChanges = 0;
  };

  /// Call stamp(), or generation() for a list, before reading the database, and pass the result to put() or putList().
  Stamp stamp(const SessionId&) const;
  Generation generation(const UserId&) const;

  std::optional<CachedSession> get(const SessionId&);
  void put(const SessionId&, const Stamp&, const CachedSession&);
  std::optional<FirstPage> getList(const UserId&);
  void putList(const UserId&, Generation, const FirstPage&);

  /// To call after a commit that ended these sessions of the user: invalidates their entries. For the first
  /// maxSessionsPerPage of them it stores that they have ended; the rest are read from the database when needed,
  /// so that one user cannot displace the entries of all others.
  void rememberEnded(const UserId&, const std::vector<SessionId>&, std::string_view reason);
  /// To call after a commit that changed this session in another way.
  void forget(const SessionId&);
  void forgetList(const UserId&);
  /// To call after a commit that changed the user, or several of their sessions: invalidates all entries of the user,
  /// their sessions and their list. The cost does not grow with the number of sessions.
  void forgetUser(const UserId&);
  /// To call after a change by another process that may have affected any row.
  void forgetEverything();

 private:
  static constexpr std::size_t slots = 4096;
  std::size_t slot(std::string_view kind, std::string_view id) const;
  Generation generationAt(std::size_t slot) const;
  Generation ownerGeneration(std::string_view user) const;

  // constant after construction
  CacheAdapter& cache_;
  const std::chrono::milliseconds ttl_;
  // locks itself
  std::array<std::atomic<Generation>, slots> generations_{};
  std::atomic<Generation> baseGeneration_;  ///< added to each of generations_
  std::atomic<std::uint64_t> userChanges_{0};
};

}  // namespace glitch_protocol::inline v1
