// The engine's database on one SQLite file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/database_adapter.h"
#include "store/sqlite_options.h"

namespace glitch_protocol::store {

/// One write connection behind a CommitQueue, and a pool of readers. Several processes may have the same file
/// open; only one of them should have `Checkpointing::whenDue`. Do not fork() with one open. *Thread-safe.*
class SqliteDatabase : public DatabaseAdapter {
 public:
  /// Opens the file, making it or bringing its schema up to date as needed. StoreError, with a sentence that
  /// says what to do where something can be done, when the path is refused, the file is not this program's, or
  /// not for this use, newer, damaged or open to other users, or write-ahead logging does not work; such a file is left as it
  /// was.
  explicit SqliteDatabase(const SqliteOptions& options);
  ~SqliteDatabase() override;

  /// A new, empty database in memory, gone with the object. Reads wait for writes in it, and there is nothing
  /// durable about it.
  static std::unique_ptr<SqliteDatabase> inMemory(DatabaseUse use = DatabaseUse::production);

  /// StoreError for a file that the constructor would refuse for its name, its mode, or what its first page says
  /// of whose it is. Touches nothing, and has nothing against a file that does not exist.
  static void checkFile(const SqliteOptions& options);

  void read(const std::function<void(Reader&)>& look) override;
  void write(const std::function<void(Writer&)>& change) override;

  /// A number that has grown since an earlier call if another process has changed the data in between (and
  /// rarely even if none has). Never waits for a write at work and never throws: what it cannot see now it
  /// sees at a later call.
  std::uint64_t externalChangeCount();

  /// Makes one durable write that changes nothing anybody sees, and returns when it has succeeded. StoreError
  /// when it cannot: disk full, locked for longer than `busyTimeout`, file moved or removed. Parallel calls
  /// share their commit.
  void probeWrite();

  /// Moves the write-ahead log into the database file, as far as no reader needs it. For a clean stop; the
  /// last process to close the file does it anyway. StoreError when that fails; the data is safe in the log
  /// then.
  void checkpoint();

  /// The size of the write-ahead log. No I/O.
  WalState walState() const;
  /// Restarts the write-ahead log, unless a reader still needs it or somebody is writing at this moment. Never
  /// throws.
  void tryRestartWal();

  /// The whole content as bytes, for restore() of any database of this schema.
  std::string image();
  /// Replaces the whole content, in one commit. Whoever caches rows must forget them afterwards. StoreError
  /// when `image` is none, or the commit fails; then nothing has changed.
  void restore(std::string_view image);

  /// Writes a consistent copy of the present state to the new file `file` (0600), durable when this returns.
  /// Reads and writes go on meanwhile, also those of other processes. StoreError when `file` exists or cannot
  /// be written; then it is as it was, and nothing else is left behind.
  void backup(const std::string& file);

 private:
  class Impl;
  explicit SqliteDatabase(std::unique_ptr<Impl>);

  // constant after construction
  const std::unique_ptr<Impl> impl_;
};

}  // namespace glitch_protocol::store
