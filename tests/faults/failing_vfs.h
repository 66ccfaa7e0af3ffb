// A disk that fails on demand, under SQLite.
#pragma once

#include <cstdint>
#include <string>

namespace glitch_protocol::store {

/// A SQLite VFS in front of the platform's: counts writes, syncs and truncations of all its files, and fails
/// the chosen ones as a full or broken disk would. It does not really sync, to be quick. Registered while it
/// lives; all connections through it must be closed before. At most one at a time. *One thread at a time.*
class FailingVfs {
 public:
  FailingVfs();
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;
  ~FailingVfs();

  std::string name() const { return "failing"; }

  /// What SQLite is told: the n-th operation from now on (n = 1 is the next) fails. 0: none.
  void failNth(std::uint64_t n);
  /// The n-th and every later one fail.
  void failFromNth(std::uint64_t n);
  /// Failures dealt out since failNth() or failFromNth().
  std::uint64_t failures() const;
};

}  // namespace glitch_protocol::store
