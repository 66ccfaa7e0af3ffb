// The engine's database on one SQLite file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "../engine/operable_database.h"
#include "sqlite_options.h"

namespace glitch_protocol::store {

/// One write connection behind a CommitQueue, and a pool of readers. Several processes may have the same file
/// open; only one of them should have `Checkpointing::whenDue`. Do not fork() with one open. *Thread-safe.*
class SqliteDatabase : public OperableDatabase {
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

  void probeWrite() override;
  void backup(const std::string& file) override;
  std::string image() override;
  void restore(std::string_view image) override;
  std::uint64_t externalChangeCount() override;

  /// Moves the write-ahead log into the database file, as far as no reader needs it. For a clean stop; the
  /// last process to close the file does it anyway. StoreError when that fails; the data is safe in the log
  /// then.
  void checkpoint();

  /// The size of the write-ahead log. No I/O.
  WalState walState() const;
  /// Restarts the write-ahead log, unless a reader still needs it or somebody is writing at this moment. Never
  /// throws.
  void tryRestartWal();

 private:
  class Impl;
  explicit SqliteDatabase(std::unique_ptr<Impl>);

  // constant after construction
  const std::unique_ptr<Impl> impl_;
};

}  // namespace glitch_protocol::store
