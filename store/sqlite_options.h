// The options of the SQLite store.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "../engine/database_adapter.h"
#include "../engine/visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

namespace store {

/// What an acknowledged write survives.
enum class Durability {
  full,    ///< `kill -9` and power loss
  normal,  ///< `kill -9`; a power loss may take the last writes. For comparison in benchmarks only.
};

/// Who moves the content of the write-ahead log into the database file.
enum class Checkpointing {
  whenDue,  ///< this process, as the log grows; for the server
  never,    ///< nobody while other processes have the file open; for a command beside a running server
};

/// What a database is for. Its file is marked accordingly from the beginning, and is not opened for the other use.
enum class DatabaseUse {
  production,
  tests,  ///< its whole content is replaced repeatedly
};

/// When the write-ahead log restarts, its file is truncated to this size.
inline constexpr std::uint64_t walSizeLimit = 16 * 1024 * 1024;

/// The write-ahead log after this process's latest commit.
struct WalState {
  std::uint64_t bytes = 0;     ///< written since it last restarted
  std::uint64_t restarts = 0;  ///< how often this process has restarted it
};

struct SqliteOptions {
  /// A file, created with mode 0600 if it is missing. Not "", ":memory:" or a "file:" URI.
  std::string path{};
  DatabaseUse use = DatabaseUse::production;
  Durability durability = Durability::full;
  Checkpointing checkpointing = Checkpointing::whenDue;
  /// The max number of reads that run at the same time; further ones wait. At least 1.
  std::size_t readers = 4;
  /// How long a call may wait for others (another process that writes, a free reader) before it is a StoreError,
  /// counted from the arrival of the request in hand (engine/patience.h), or from the call if there is none.
  std::chrono::milliseconds busyTimeout{5000};
  /// A checkpoint is due each time the write-ahead log has grown by so many pages of 4 KiB.
  std::size_t checkpointPages = 1000;
  /// The max number of writes that share one commit. 1: each write has a separate commit.
  std::size_t writesPerCommit = 128;
  /// The max number of writes that wait for their turn; a further one is a BusyError at once.
  std::size_t waitingWrites = maxWaitingWrites;
  /// Called after each successful commit with the number of writes that shared it and the time that it took, on the
  /// thread that committed, while others wait: must be quick, and must not throw. Empty: nothing is measured.
  std::function<void(std::size_t writes, std::chrono::nanoseconds took)> onCommit{};
  /// The name of the SQLite VFS to use; "" is the platform's.
  std::string vfs{};
};

}  // namespace store

}  // namespace v1
}  // namespace glitch_protocol
