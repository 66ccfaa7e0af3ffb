#include "store/sqlite_database.h"

#include <algorithm>
#include <chrono>

#include "engine/errors.h"
#include "store/backup_file.h"
#include "store/database_file.h"
#include "store/database_image.h"
#include "store/sqlite_connection.h"

namespace glitch_protocol::store {
namespace {

/// A read takes microseconds. One that takes longer puts a checkpoint off; writers do not wait for it.
constexpr std::chrono::milliseconds longestWaitForReaders{10};

SqliteOptions withReaders(SqliteOptions options) {
  options.readers = std::max<std::size_t>(options.readers, 1);
  return options;
}

}  // namespace

SqliteDatabase::SqliteDatabase(const SqliteOptions& options)
    : options_(withReaders(options)),
      writeConnection_(options_),
      queue_(writeConnection_, options_.writesPerCommit, options_.busyTimeout, options_.onCommit) {
  readers_.emplace(options_);
  writeConnection_.setReaderBarrier([this] { readers_->awaitPresentReads(longestWaitForReaders); });
}

SqliteDatabase::SqliteDatabase(InMemory, DatabaseUse use)
    : options_(inMemoryOptions()),
      writeConnection_(InMemory{}, use),
      queue_(writeConnection_, options_.writesPerCommit, options_.busyTimeout) {}

std::unique_ptr<SqliteDatabase> SqliteDatabase::inMemory(DatabaseUse use) {
  return std::unique_ptr<SqliteDatabase>(new SqliteDatabase(InMemory{}, use));
}

void SqliteDatabase::checkFile(const SqliteOptions& options) {
  checkDatabaseFile(options);
}

void SqliteDatabase::read(const std::function<void(Reader&)>& look) {
  if (!isInMemory()) return readers_->read(look);
  queue_.runAlone([&] { readOn(writeConnection_.connection(), look); });
}

void SqliteDatabase::write(const std::function<void(Writer&)>& change) {
  queue_.write(change);
}

std::uint64_t SqliteDatabase::externalChangeCount() {
  try {
    // When somebody is at work there is nothing to do: every transaction looks as it begins.
    queue_.tryRunAlone([&] { writeConnection_.lookForExternalChanges(); });
  } catch (const StoreError&) {
    // The next write meets the same trouble, and has somebody to tell.
  }
  return writeConnection_.externalChangeCount();
}

void SqliteDatabase::probeWrite() {
  queue_.write([&](Writer&) { writeConnection_.writeProbe(); });
}

void SqliteDatabase::checkpoint() {
  queue_.runAlone([&] { writeConnection_.checkpoint(options_.busyTimeout); });
}

void SqliteDatabase::tryRestartWal() {
  queue_.tryRunAlone([&] { writeConnection_.restartLog(); });
}

std::string SqliteDatabase::image() {
  std::string bytes;
  queue_.runAlone([&] { bytes = imageOf(writeConnection_.connection()); });
  return bytes;
}

void SqliteDatabase::restore(std::string_view image) {
  queue_.runAlone([&] { restoreImage(writeConnection_.connection(), image); });
}

void SqliteDatabase::backup(const std::string& file) {
  if (isInMemory()) return queue_.runAlone([&] { backUp(writeConnection_.connection(), file); });
  // A connection of its own: a long backup must not take one that requests wait for.
  SqliteConnection reader(options_, Access::readOnly);
  backUp(reader, file);
}

}  // namespace glitch_protocol::store
