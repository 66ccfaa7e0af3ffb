// What the cache knows of sessions, and why it is never believed too long.
//
// Definitions. An entry is a copy of database rows, marked with the generation of its subject (a session, or
// a user's list) at the moment before the rows were read. Generations live in this process and only grow.
// A session's entry also holds facts about its owner, so it is marked with the owner's generation as well. The owner
// is not known before the rows have been read: hence userChanges_, which counts all forgetUser() calls. An entry is
// kept only if it has not moved since before the read; then the owner's generation has not moved either.
//
// Invariants.
//   1. Whoever changes a subject's rows first commits, then calls forget...(): the generation grows.
//   2. An entry counts only while its marks equal the generations of its subject and of its owner.
//   3. So an entry read before a change never counts after forget...() has returned, in whatever order the
//      two threads reach the cache; nor does one that an earlier process left in a shared cache, since
//      generations start at a random number.
//   4. Losing an entry, or a neighbour's change of a shared counter, costs one database read and nothing
//      else.
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

namespace glitch_protocol {

/// A session with what is needed of its user, as authenticating wants it.
struct CachedSession {
  UserId userId;
  TimePoint expiresAt{};
  bool ended = false;
  std::string endReason;
  std::string email;
  std::optional<std::string> name;
  TimePoint userCreatedAt{};
  TimePoint tokensFrom{};  ///< access tokens issued before it are dead; the epoch: none is
};

/// The beginning of a user's list as the database orders it, at most maxSessionsPerPage sessions, and how many
/// live sessions the user has.
struct FirstPage {
  std::vector<SessionInfo> sessions;
  std::uint64_t total = 0;
};

/// *Thread-safe.* No call throws but for lack of memory.
class SessionCache {
 public:
  using Generation = std::uint64_t;

  /// `cache` is borrowed. Entries live for `ttl` at most.
  SessionCache(CacheAdapter& cache, RandomSource&, std::chrono::milliseconds ttl);

  /// What a session's entry is marked with.
  struct Mark {
    Generation session = 0;
    std::uint64_t userChanges = 0;
  };

  /// Take the mark, or the generation of a list, before reading the database, and hand it to put() or putList().
  Mark mark(const SessionId&) const;
  Generation generation(const UserId&) const;

  std::optional<CachedSession> get(const SessionId&);
  void put(const SessionId&, const Mark&, const CachedSession&);
  std::optional<FirstPage> getList(const UserId&);
  void putList(const UserId&, Generation, const FirstPage&);

  /// After a commit that ended these sessions of the user: what the cache holds of them counts no more. Of
  /// the first maxSessionsPerPage the ending is remembered; the others are looked up when they are asked for,
  /// so that one user cannot push out everybody else's entries.
  void rememberEnded(const UserId&, const std::vector<SessionId>&, std::string_view reason);
  /// After a commit that changed this session in another way.
  void forget(const SessionId&);
  void forgetList(const UserId&);
  /// After a commit that changed the user, or several of their sessions: nothing that the cache holds of the user,
  /// their sessions and their list counts any more. Its cost does not grow with the number of sessions.
  void forgetUser(const UserId&);
  /// After a change by another process that may have touched anything.
  void forgetEverything();

 private:
  static constexpr std::size_t slots = 4096;
  std::size_t slot(std::string_view kind, std::string_view id) const;
  Generation at(std::size_t slot) const;
  Generation ownerGeneration(std::string_view user) const;

  // constant after construction
  CacheAdapter& cache_;
  const std::chrono::milliseconds ttl_;
  // locks itself
  std::array<std::atomic<Generation>, slots> generations_{};
  std::atomic<Generation> everything_;
  std::atomic<std::uint64_t> userChanges_{0};
};

}  // namespace glitch_protocol
