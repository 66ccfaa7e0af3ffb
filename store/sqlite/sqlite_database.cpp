// SqliteDatabase from its parts: one write connection behind the commit queue, and the pool of readers.
#include "store/sqlite_database.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/errors.h"
#include "engine/nesting_guard.h"
#include "store/sqlite/backup_file.h"
#include "store/sqlite/commit_queue.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/database_image.h"
#include "store/sqlite/reader_pool.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite/write_connection.h"

namespace glitch_protocol::inline v1::store {
namespace {

/// A read takes microseconds. A longer one postpones the checkpoint; writers do not wait for it.
constexpr std::chrono::milliseconds longestWaitForReaders{10};

/// With at least one reader, and the path of the file itself if the path is a symbolic link: SQLite keeps the log beside
/// the file and not beside the link.
SqliteOptions normalised(SqliteOptions options) {
  std::error_code error;
  if (std::filesystem::is_symlink(options.path, error)) {
    const auto target = std::filesystem::weakly_canonical(options.path, error);
    if (!error) options.path = target.string();
  }
  options.readers = std::max<std::size_t>(options.readers, 1);
  return options;
}

CommitQueue::Limits limitsOf(const SqliteOptions& options) {
  return {options.writesPerCommit, options.waitingWrites, options.busyTimeout};
}

}  // namespace

/// *Thread-safe.*
class SqliteDatabase::Impl {
 public:
  explicit Impl(const SqliteOptions& options)
      : options_(normalised(options)),
        writeConnection_(options_),
        queue_(writeConnection_, limitsOf(options_), options_.onCommit) {
    readers_.emplace(options_);
    writeConnection_.setReaderBarrier([this] { readers_->awaitPresentReads(longestWaitForReaders); });
  }
  Impl(InMemory, DatabaseUse use)
      : options_(inMemoryOptions()),
        writeConnection_(InMemory{}, use),
        queue_(writeConnection_, limitsOf(options_)) {}

  void read(const std::function<void(Reader&)>& look) {
    const NestingGuard guard(this);
    if (!isInMemory()) return readers_->read(look);
    queue_.runAlone([&] { readOn(writeConnection_.connection(), look); });
  }

  void write(const std::function<void(Writer&)>& change) {
    const NestingGuard guard(this);
    queue_.write(change);
  }

  std::uint64_t externalChangeCount() {
    try {
      // If a write is running there is nothing to do: every transaction looks for changes when it begins.
      queue_.tryRunAlone([&] { writeConnection_.lookForExternalChanges(); });
    } catch (const StoreError&) {
      // The next write fails in the same way and reports it to its caller.
    }
    return writeConnection_.externalChangeCount();
  }

  void probeWrite() {
    queue_.write([&](Writer&) { writeConnection_.writeProbe(); });
  }
  void checkpoint() {
    queue_.runAlone([&] { writeConnection_.checkpoint(options_.busyTimeout); });
  }
  WalState walState() const { return writeConnection_.walState(); }
  void tryRestartWal() {
    queue_.tryRunAlone([&] { writeConnection_.restartLog(); });
  }

  std::string image() {
    std::string bytes;
    queue_.runAlone([&] { bytes = imageOf(writeConnection_.connection()); });
    return bytes;
  }
  void restore(std::string_view image) {
    queue_.runAlone([&] { restoreImage(writeConnection_.connection(), image); });
  }

  void backup(const std::string& file) {
    if (isInMemory()) return queue_.runAlone([&] { backUp(writeConnection_.connection(), file); });
    // A separate connection, because a long backup must not occupy one that requests wait for.
    SqliteConnection reader(options_, Access::readOnly);
    backUp(reader, file);
  }

 private:
  bool isInMemory() const { return !readers_; }

  // constant after construction
  const SqliteOptions options_;
  // used by one thread at a time, which queue_ ensures; closes after the readers
  WriteConnection writeConnection_;
  // lock themselves
  CommitQueue queue_;
  std::optional<ReaderPool> readers_;  ///< none in memory: only the write connection can see that database
};

SqliteDatabase::SqliteDatabase(const SqliteOptions& options) : impl_(std::make_unique<Impl>(options)) {}
SqliteDatabase::SqliteDatabase(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteDatabase::~SqliteDatabase() = default;

std::unique_ptr<SqliteDatabase> SqliteDatabase::inMemory(DatabaseUse use) {
  return std::unique_ptr<SqliteDatabase>(new SqliteDatabase(std::make_unique<Impl>(InMemory{}, use)));
}

void SqliteDatabase::checkFile(const SqliteOptions& options) {
  checkDatabaseFile(normalised(options));
}

void SqliteDatabase::read(const std::function<void(Reader&)>& look) {
  impl_->read(look);
}
void SqliteDatabase::write(const std::function<void(Writer&)>& change) {
  impl_->write(change);
}
std::uint64_t SqliteDatabase::externalChangeCount() {
  return impl_->externalChangeCount();
}
void SqliteDatabase::probeWrite() {
  impl_->probeWrite();
}
void SqliteDatabase::checkpoint() {
  impl_->checkpoint();
}
WalState SqliteDatabase::walState() const {
  return impl_->walState();
}
void SqliteDatabase::tryRestartWal() {
  impl_->tryRestartWal();
}
std::string SqliteDatabase::image() {
  return impl_->image();
}
void SqliteDatabase::restore(std::string_view image) {
  impl_->restore(image);
}
void SqliteDatabase::backup(const std::string& file) {
  impl_->backup(file);
}

}  // namespace glitch_protocol::inline v1::store
