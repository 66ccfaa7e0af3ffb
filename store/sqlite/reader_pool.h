// A pool of read-only connections.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "engine/database_adapter.h"
#include "engine/sync/mutex.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite_options.h"

namespace glitch_protocol::inline v1::store {

/// Read-only connections to one file, opened on demand, at most `options.readers`. *Thread-safe.*
class ReaderPool {
 public:
  /// The file and its log must exist (StoreError otherwise).
  explicit ReaderPool(const SqliteOptions& options);
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  /// Runs `look` in one read transaction. Exceptions of `look` pass through, unless the database has failed during it.
  /// StoreError if the database fails, if another connection is needed and the file is no longer at its path, or if no
  /// connection becomes free within `options.busyTimeout` of the arrival of the request in hand (engine/patience.h), or
  /// of the call if there is none.
  void read(const std::function<void(Reader&)>& look);

  /// Waits until all reads that are running now have ended, but at most for `atMost`. Later reads do not prolong it.
  void awaitPresentReads(std::chrono::milliseconds atMost);

 private:
  /// The right to use one connection until release(); `connection` is null if it must be opened first.
  struct Lease {
    std::uint64_t ticket = 0;
    std::unique_ptr<SqliteConnection> connection;
  };
  Lease acquire();
  std::unique_ptr<SqliteConnection> open() const;
  void release(Lease lease);

  // constant after construction
  const SqliteOptions options_;
  const FileIdentity identity_;

  Mutex mutex_;
  Condition freed_;
  Condition ended_;
  /// The most recently used one is the last. Never grows beyond its initial capacity.
  std::vector<std::unique_ptr<SqliteConnection>> idle_ GUARDED_BY(mutex_);
  /// The tickets of the reads that are running.
  std::set<std::uint64_t> underWay_ GUARDED_BY(mutex_);
  std::uint64_t nextTicket_ GUARDED_BY(mutex_) = 0;
};

/// Runs `look` in a read transaction on `connection`, which has none open before. Exceptions as for ReaderPool::read().
/// If connection.inTransaction() afterwards, the transaction could not be ended and the connection must be closed.
void readOn(SqliteConnection& connection, const std::function<void(Reader&)>& look);

}  // namespace glitch_protocol::inline v1::store
