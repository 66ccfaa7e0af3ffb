// The only connection that writes, and the checkpoints that run under its lock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "store/sqlite/commit_queue.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite/sqlite_transaction.h"
#include "store/sqlite_options.h"

namespace glitch_protocol::inline v1::store {

/// Selects a database in memory.
struct InMemory {};

/// The options of a database in memory.
SqliteOptions inMemoryOptions();

/// Waits until the reads that are running in this process have ended, or for a short time.
using ReaderBarrier = std::function<void()>;

/// The CommitQueue's target on SQLite. A connection that an error has made unusable is replaced by a new one at the
/// next begin(). After a failed sync no transaction begins until the write-ahead log has restarted
/// (write_connection.cpp, "Failed syncs"). *One thread at a time*, except externalChangeCount() and walState(), which
/// are thread-safe.
class WriteConnection : public TransactionTarget {
 public:
  /// Opens the file, which prepareDatabaseFile() checks or creates, checks its content, and migrates its schema. The
  /// content check reads everything in a small file; in a large one it only checks that no page is missing, to keep the
  /// start quick: other damage becomes a StoreError when it is read. On StoreError a file with content is unchanged.
  explicit WriteConnection(const SqliteOptions& options);
  /// A new private database in memory, where checkpoints do nothing.
  WriteConnection(InMemory, DatabaseUse use);
  ~WriteConnection() override;

  void begin(std::chrono::milliseconds patience) override;
  /// StoreError also if the file is no longer at its path.
  void commit() override;
  void rollBack() noexcept override;
  void savepoint() override;
  void release() override;
  void rollBackTo() override;
  Writer& writer() override { return *writer_; }
  bool isLost() const override;
  bool needsTidying() const override;
  /// Runs a checkpoint, unless another process is writing; a failed one is repeated when the log has grown.
  void tidyUp() noexcept override;

  /// Sets the function with which checkpoint() waits for readers; initially it does not wait. It is called on the
  /// thread that calls checkpoint().
  void setReaderBarrier(ReaderBarrier barrier) { awaitReaders_ = std::move(barrier); }
  /// How much of the log a checkpoint has moved into the database file.
  enum class Moved { part, all };
  /// Moves everything in the log that no reader still needs into the database file; if that is all of it, the next
  /// write restarts the log. Waits at most `patience` for another process that writes. StoreError if it fails.
  Moved checkpoint(std::chrono::milliseconds patience);
  /// Runs a checkpoint, then commits an invisible change, which restarts the log if no reader needs it. Does nothing
  /// while another process is writing.
  void restartLog() noexcept;
  /// Rewrites a row without meaning in the open transaction.
  void writeProbe();
  /// Looks for commits by other processes; see externalChangeCount().
  void lookForExternalChanges();
  /// How often begin() or lookForExternalChanges() has found that another process had changed the data.
  std::uint64_t externalChangeCount() const { return externalChanges_; }
  WalState walState() const { return {walBytes_, walRestarts_}; }

  /// For reads of a database that only this connection can see.
  SqliteConnection& connection() { return *connection_; }

 private:
  bool inMemory() const { return !identity_; }
  void openFile();
  void take(std::unique_ptr<SqliteConnection> connection);
  void checkContent(SqliteConnection& connection) const;
  /// StoreError if the file is no longer at its path.
  void checkFile() const;
  void replaceIfBroken();
  void renewLog(std::chrono::milliseconds patience);
  void runOrLose(const char* sql);
  void noteLogSize(std::size_t pages);

  // constant after construction
  const SqliteOptions options_;
  std::optional<FileIdentity> identity_;  ///< none in memory
  ReaderBarrier awaitReaders_ = [] {};
  // locks itself
  std::atomic<std::uint64_t> externalChanges_{0};
  std::atomic<std::uint64_t> walBytes_{0};
  std::atomic<std::uint64_t> walRestarts_{0};
  // used by one thread at a time
  std::unique_ptr<SqliteConnection> connection_;
  std::unique_ptr<SqliteWriter> writer_;
  std::unique_ptr<SqliteConnection> checkpointer_;  ///< opened at the first checkpoint
  bool broken_ = false;                             ///< connection_ must be replaced before it is used again
  bool logDistrusted_ = false;  ///< a sync of the log has failed, and the log has not restarted since
  std::optional<std::int64_t> dataVersion_;
  std::uint64_t frameBytes_ = 0;         ///< the size of a page in the log
  std::size_t logPages_ = 0;             ///< pages in the log after the latest commit
  std::size_t nextCheckpointPages_ = 0;  ///< a checkpoint is due when the log has so many pages
};

}  // namespace glitch_protocol::inline v1::store
