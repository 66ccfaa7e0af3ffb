// A disk that fails on demand, below SQLite.
#pragma once

#include <cstdint>
#include <string>

namespace glitch_protocol::inline v1::store {

/// How the disk fails.
enum class DiskFault {
  full,        ///< no space: nothing is written
  shortWrite,  ///< no space halfway: half of it is written
  ioError,     ///< an unknown half is written
  unreadable,  ///< existing data cannot be read
  killed,      ///< half of it is written, and the process ends
  unsynced,    ///< a sync fails, and powerLoss() loses its data; only syncs are counted
};

/// A SQLite VFS in front of that of the platform. Counts writes, syncs, truncations and openings of all its
/// files (for DiskFault::unreadable, reads), and makes the chosen ones fail. It does not really sync, for
/// speed. Registered while it exists; all connections that use it must be closed before. At most one at a
/// time. *One thread at a time.*
class FailingVfs {
 public:
  /// The exit code of a process that DiskFault::killed has ended.
  static constexpr int killedStatus = 42;

  FailingVfs();
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;
  ~FailingVfs();

  std::string name() const { return "failing"; }

  /// The n-th operation from now on fails; n = 1 is the next one.
  void failNth(std::uint64_t n, DiskFault fault = DiskFault::shortWrite);
  /// The n-th and every later operation fails.
  void failFromNth(std::uint64_t n, DiskFault fault = DiskFault::shortWrite);
  /// Ends the failures.
  void recover();
  /// Changes `copy`, which is a copy of the database `path` and its log, to what a power loss would leave:
  /// each 4 KiB page of a failed sync is overwritten with garbage, except for bytes written later.
  void powerLoss(const std::string& path, const std::string& copy);
  /// The number of failures since failNth(), failFromNth() or recover().
  std::uint64_t failures() const;
};

}  // namespace glitch_protocol::inline v1::store
