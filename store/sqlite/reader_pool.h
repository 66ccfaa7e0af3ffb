// Connections for reads.
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

namespace glitch_protocol::store {

/// Read-only connections to one file, opened when first needed, at most `options.readers`. *Thread-safe.*
class ReaderPool {
 public:
  /// The file and its log must exist (StoreError otherwise).
  explicit ReaderPool(const SqliteOptions& options);
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  /// Runs `look` in one read transaction. Exceptions of `look` pass through, unless the database failed under
  /// it. StoreError when the database fails, its file is not at
  /// its path any more and a further connection is needed, or no connection becomes free within
  /// `options.busyTimeout` of the arrival of the request in hand (engine/patience.h), or of the call.
  void read(const std::function<void(Reader&)>& look);

  /// Returns when every read that is under way now has ended, but after `atMost` in any case. Later ones go
  /// on.
  void awaitPresentReads(std::chrono::milliseconds atMost);

 private:
  /// The right to use one connection until release(); `connection` is null when it must be opened first.
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
  /// The last one was used most recently. Its capacity suffices from the start.
  std::vector<std::unique_ptr<SqliteConnection>> idle_ GUARDED_BY(mutex_);
  /// The tickets of the reads that have begun and not ended.
  std::set<std::uint64_t> underWay_ GUARDED_BY(mutex_);
  std::uint64_t nextTicket_ GUARDED_BY(mutex_) = 0;
};

/// Runs `look` in a read transaction on `connection`, which has none open, neither before nor after.
/// Exceptions as ReaderPool::read(). Afterwards connection.inTransaction() means that it is beyond repair.
void readOn(SqliteConnection& connection, const std::function<void(Reader&)>& look);

}  // namespace glitch_protocol::store
