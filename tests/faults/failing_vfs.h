// A disk that fails on demand, under SQLite.
#pragma once

#include <cstdint>
#include <string>

namespace glitch_protocol::store {

/// In which way it fails.
enum class DiskFault {
  full,        ///< no space: nothing is written
  shortWrite,  ///< no space in the middle: a half is written
  ioError,     ///< a half is written, and nobody knows which
  unreadable,  ///< what is there cannot be read
  killed,      ///< a half is written, and the process is no more
  unsynced,    ///< a sync fails, and what it was to write is lost at powerLoss(); only syncs are counted
};

/// A SQLite VFS in front of the platform's: counts writes, syncs, truncations and openings of all its files
/// (reads instead, for DiskFault::unreadable), and fails the chosen ones. It does not really sync, to be
/// quick. Registered while it lives; all connections through it must be closed before. At most one at a time.
/// *One thread at a time.*
class FailingVfs {
 public:
  /// What a process ends with that DiskFault::killed has ended.
  static constexpr int killedStatus = 42;

  FailingVfs();
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;
  ~FailingVfs();

  std::string name() const { return "failing"; }

  /// The n-th operation from now on (n = 1 is the next) fails.
  void failNth(std::uint64_t n, DiskFault fault = DiskFault::shortWrite);
  /// The n-th and every later one fail.
  void failFromNth(std::uint64_t n, DiskFault fault = DiskFault::shortWrite);
  /// Nothing fails any more.
  void recover();
  /// Makes of `copy`, which is a copy of the database `path` and its log, what a power loss would leave of them: each
  /// 4 KiB page that a failed sync was to write is overwritten with nonsense, except for the bytes written later.
  void powerLoss(const std::string& path, const std::string& copy);
  /// Failures dealt out since failNth(), failFromNth() or recover().
  std::uint64_t failures() const;
};

}  // namespace glitch_protocol::store
