// The one connection that writes, and the checkpoints under its lock.
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

namespace glitch_protocol::store {

/// Says that a database is to live in memory.
struct InMemory {};

/// Options of such a database.
SqliteOptions inMemoryOptions();

/// Returns when the reads under way in this process have ended, or after a moment.
using ReaderBarrier = std::function<void()>;

/// The CommitQueue's target on SQLite. A connection that an error leaves beyond repair is replaced by a new
/// one at the next begin(). After a failed sync no transaction begins until the log has begun anew
/// (write_connection.cpp, "Failed syncs"). *One thread at a time*, but externalChangeCount() and walState(), which are
/// thread-safe.
class WriteConnection : public TransactionTarget {
 public:
  /// Opens the file (made and looked at by prepareDatabaseFile()), checks its content, and brings its schema
  /// up to date. The content check reads everything in a small file; in a large one only that no page is
  /// missing, since start must stay quick: damage elsewhere becomes a StoreError when it is met. On
  /// StoreError a file with content is untouched.
  explicit WriteConnection(const SqliteOptions& options);
  /// A new private database in memory. Checkpoints do nothing there.
  WriteConnection(InMemory, DatabaseUse use);
  ~WriteConnection() override;

  void begin(std::chrono::milliseconds patience) override;
  /// StoreError also when the file is not at its path any more.
  void commit() override;
  void rollBack() noexcept override;
  void savepoint() override;
  void release() override;
  void rollBackTo() override;
  Writer& writer() override { return *writer_; }
  bool isLost() const override;
  bool needsTidying() const override;
  /// A checkpoint, unless another process is writing; one that fails is tried again when the log has grown.
  void tidyUp() noexcept override;

  /// Whom checkpoint() asks to wait for readers; nobody unless told. Called on the thread at work.
  void setReaderBarrier(ReaderBarrier barrier) { awaitReaders_ = std::move(barrier); }
  /// How much of the log a checkpoint has moved into the database file.
  enum class Moved { part, all };
  /// Moves all of the log that no reader still needs into the database file, so that the next write begins
  /// the log anew if that was all. Waits at most `patience` for another process that writes. StoreError when
  /// it fails.
  Moved checkpoint(std::chrono::milliseconds patience);
  /// Checkpoints, then commits a change that nobody sees, which restarts the log if no reader needs it. Does
  /// nothing while another process is writing.
  void restartLog() noexcept;
  /// Rewrites a row of no meaning, as part of the open transaction.
  void writeProbe();
  /// Looks for commits by others; see externalChangeCount().
  void lookForExternalChanges();
  /// How often begin() or lookForExternalChanges() found that another process had changed the data.
  std::uint64_t externalChangeCount() const { return externalChanges_; }
  WalState walState() const { return {walBytes_, walRestarts_}; }

  /// For reads of a database that only this connection can see.
  SqliteConnection& connection() { return *connection_; }

 private:
  bool inMemory() const { return !identity_; }
  void openFile();
  void take(std::unique_ptr<SqliteConnection> connection);
  void checkContent(SqliteConnection& connection) const;
  /// StoreError when the file is not at its path any more.
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
  // owned by the thread at work
  std::unique_ptr<SqliteConnection> connection_;
  std::unique_ptr<SqliteWriter> writer_;
  std::unique_ptr<SqliteConnection> checkpointer_;  ///< opened at the first checkpoint
  bool broken_ = false;                             ///< connection_ must be replaced before it is used again
  bool logDistrusted_ = false;  ///< a sync of the log has failed, and it has not begun anew since
  std::optional<std::int64_t> dataVersion_;
  std::uint64_t frameBytes_ = 0;         ///< bytes that a page takes in the log
  std::size_t logPages_ = 0;             ///< in the log after the latest commit
  std::size_t nextCheckpointPages_ = 0;  ///< a checkpoint is due at this many
};

}  // namespace glitch_protocol::store
