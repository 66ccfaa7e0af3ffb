// The engine's database in a SQLite file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "../engine/operable_database.h"
#include "../engine/visibility.h"
#include "sqlite_options.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

namespace store {

/// One write connection behind a CommitQueue, and a pool of readers. Several processes may have the same file
/// open; only one of them should have `Checkpointing::whenDue`. Do not fork() with one open. *Thread-safe.*
class SqliteDatabase : public OperableDatabase {
 public:
  /// Opens the file; creates it or migrates its schema if necessary. StoreError if the path is refused, if the file
  /// belongs to another program or is for another use, is newer, damaged or accessible to other users, or if
  /// write-ahead logging does not work. The file is unchanged then, and the message says what to do where something can
  /// be done.
  explicit SqliteDatabase(const SqliteOptions& options);
  ~SqliteDatabase() override;

  /// A new, empty database in memory, which ends with the object. Its reads wait for writes, and nothing is durable.
  static std::unique_ptr<SqliteDatabase> inMemory(DatabaseUse use = DatabaseUse::production);

  /// StoreError if the constructor would refuse the file because of its path, its mode, or the program and the use that
  /// its first page names. Changes nothing. A file that does not exist is accepted.
  static void checkFile(const SqliteOptions& options);

  void read(const std::function<void(Reader&)>& look) override;
  void write(const std::function<void(Writer&)>& change) override;

  void probeWrite() override;
  void backup(const std::string& file) override;
  std::string image() override;
  void restore(std::string_view image) override;
  std::uint64_t externalChangeCount() override;

  /// Moves everything in the write-ahead log that no reader needs into the database file. For a clean stop, although
  /// the last process that closes the file does it too. StoreError if it fails; the data is safe in the log then.
  void checkpoint();

  /// The size of the write-ahead log. No I/O.
  WalState walState() const;
  /// Restarts the write-ahead log, unless a reader still needs it or a write is running or waiting. Never throws.
  void tryRestartWal();

 private:
  class Impl;
  explicit SqliteDatabase(std::unique_ptr<Impl>);

  // constant after construction
  const std::unique_ptr<Impl> impl_;
};

}  // namespace store

}  // namespace v1
}  // namespace glitch_protocol
