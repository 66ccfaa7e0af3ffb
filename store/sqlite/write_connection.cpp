// Runs transactions on the write connection, and decides when the write-ahead log is moved into the database file.
//
// Checkpoints
//   SQLite up to 3.51.2 can corrupt a file if one connection checkpoints at the same moment as another one writes
//   (sqlite.org/wal.html, "the WAL-reset bug"). So SQLite's automatic checkpoints are off on all connections of this
//   program, and its own checkpoints run only while connection_ holds the write lock, which excludes all other writers,
//   those of other processes too. A connection cannot checkpoint inside its own transaction, so checkpointer_ does it.
//   The mode is PASSIVE: it does not wait for readers, and leaves the part of the log that a reader still needs.
//
//   SQLite restarts the log once all of it is in the database file and no reader uses it. Under continuous reads that
//   does not happen by itself, so checkpoint() waits for readers twice while it holds the write lock: the state does
//   not change meanwhile, and once earlier reads have finished, the rest see this state and do not block the
//   checkpoint. Once the reads that began before the checkpoint was complete have finished too, all read from the
//   database file.
//
//   The last connection to close checkpoints as well; SQLite does that under an exclusive lock.
//
// Failed syncs
//   When fsync fails, the kernel may drop the pages that it could not write, or keep them in memory as if they were
//   written; a later fsync succeeds in both cases. A commit whose sync failed is an outage for its callers. But the
//   page on which its part of the log begins may also contain the end of the previous commit, which has been answered;
//   and its own part may be complete after a power loss. So no later answer may depend on this log:
//
//                 commit(): sync fails              renewLog(): the log is moved into the database file and synced,
//     TRUSTED ------------------------> DISTRUSTED  and a probe is committed at the beginning of a new log
//        ^                                 |    ^
//        +---------------------------------+    +-- a reader or the disk prevents that: begin() throws StoreError
//
//   The checkpoint rewrites each of the pages in the database file, so that its sync covers everything that was in the
//   log. If that sync fails, SQLite does not record the pages as moved, so the next checkpoint writes them again.
//   tidyUp() tries immediately after the failed commit, begin() before each transaction. A process that does not
//   checkpoint (Checkpointing::never) stops writing. Not covered: a power loss between the failed sync and the new log.
#include "store/sqlite/write_connection.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <string>
#include <utility>

#include "engine/errors.h"
#include "store/sqlite/schema.h"

namespace glitch_protocol::inline v1::store {
namespace {

constexpr char beginImmediate[] = "BEGIN IMMEDIATE";
constexpr char commitTransaction[] = "COMMIT";
constexpr char rollBackTransaction[] = "ROLLBACK";
constexpr char setSavepoint[] = "SAVEPOINT change";
constexpr char releaseSavepoint[] = "RELEASE change";
constexpr char returnToSavepoint[] = "ROLLBACK TO change";
constexpr char rewriteProbe[] = "UPDATE store_probe SET writes = writes + 1";
constexpr char readDataVersion[] = "PRAGMA data_version";

/// In bytes. quick_check reads about 100 MiB/s from the page cache, so this takes a few milliseconds.
constexpr std::int64_t largestFullCheck = 1 << 20;
/// sqlite.org/fileformat2.html, "The Write-Ahead Log".
constexpr std::uint64_t frameHeaderBytes = 24;

void run(SqliteConnection& connection, const char* sql) {
  connection.query(sql).run();
}

}  // namespace

SqliteOptions inMemoryOptions() {
  SqliteOptions options;
  options.path = ":memory:";
  return options;
}

WriteConnection::WriteConnection(const SqliteOptions& options)
    : options_(options), nextCheckpointPages_(options.checkpointPages) {
  prepareDatabaseFile(options_);
  openFile();
  identity_.emplace(options_.path);
  lookForExternalChanges();
}

WriteConnection::WriteConnection(InMemory, DatabaseUse use) : options_(inMemoryOptions()) {
  auto connection = std::make_unique<SqliteConnection>(options_, Access::readWrite);
  mark(*connection, use);
  take(std::move(connection));
}

// Statements are destroyed before their connections, and the connection that checkpoints on closing is the last.
WriteConnection::~WriteConnection() {
  writer_.reset();
  checkpointer_.reset();
  connection_.reset();
}

void WriteConnection::openFile() {
  auto connection = std::make_unique<SqliteConnection>(options_, Access::readWrite);
  // Until all checks have passed, closing must not move a log into a file that may not be ours.
  connection->checkpointOnClose(false);
  checkContent(*connection);
  mark(*connection, options_.use);
  connection->enableWal();
  connection->number(("PRAGMA journal_size_limit=" + std::to_string(walSizeLimit)).c_str());
  frameBytes_ = static_cast<std::uint64_t>(connection->number("PRAGMA page_size")) + frameHeaderBytes;
  sqlite3_wal_hook(
      connection->handle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<WriteConnection*>(self)->noteLogSize(static_cast<std::size_t>(pages));
        return SQLITE_OK;
      },
      this);
  take(std::move(connection));
  connection_->checkpointOnClose(true);
}

// The old connection is closed only after the new one is open: if the last connection of the file were closed, SQLite
// would remove the log, and commit() could no longer check its identity.
void WriteConnection::take(std::unique_ptr<SqliteConnection> connection) {
  migrate(*connection);
  writer_ = std::make_unique<SqliteWriter>(*connection);
  connection_ = std::move(connection);
}

void WriteConnection::checkContent(SqliteConnection& connection) const {
  const bool ours = connection.number("PRAGMA application_id") == applicationIdOf(options_.use);
  if (!ours && connection.number("SELECT count(*) FROM sqlite_schema") > 0)
    throw StoreError("the database " + options_.path + " belongs to another program");
  if (connection.number("PRAGMA user_version") > currentSchemaVersion())
    throw StoreError("the database " + options_.path + " has a newer schema than this program supports");
  const std::int64_t size = connection.number("PRAGMA page_count") * connection.number("PRAGMA page_size");
  if (size <= largestFullCheck) {
    Query check = connection.query("PRAGMA quick_check(1)");
    if (check.step() && check.text(0) == "ok") return;
    throw StoreError("the database " + options_.path + " is damaged: " + check.text(0));
  }
  struct stat log {};
  const bool logHasContent = ::stat(logPath(options_.path).c_str(), &log) == 0 && log.st_size > 0;
  struct stat file {};
  if (!logHasContent && (::stat(options_.path.c_str(), &file) != 0 || file.st_size < size))
    throw StoreError("the database " + options_.path + " is damaged: its end is missing");
}

void WriteConnection::replaceIfBroken() {
  if (!broken_) return;
  if (inMemory()) throw StoreError("the database in memory is lost");
  checkFile();
  openFile();
  broken_ = false;
  // Data versions of two connections cannot be compared, so another process may have written in between.
  dataVersion_.reset();
  ++externalChanges_;
}

void WriteConnection::begin(std::chrono::milliseconds patience) {
  replaceIfBroken();
  if (logDistrusted_) renewLog(patience);
  connection_->forgetDamage();
  connection_->setBusyTimeout(patience);
  run(*connection_, beginImmediate);
  try {
    lookForExternalChanges();
  } catch (...) {
    rollBack();
    throw;
  }
}

void WriteConnection::commit() {
  try {
    checkFile();
    run(*connection_, commitTransaction);
  } catch (...) {
    if (connection_->takeSyncFailure()) logDistrusted_ = true;
    rollBack();
    throw;
  }
}

void WriteConnection::rollBack() noexcept {
  try {
    // After some errors SQLite has already rolled back, and another ROLLBACK would be an error.
    if (connection_->inTransaction()) run(*connection_, rollBackTransaction);
    broken_ = connection_->inTransaction();
  } catch (...) {
    broken_ = true;
  }
}

// After any error here, also std::bad_alloc, the state of the savepoint is unknown, so the transaction is lost.
void WriteConnection::runOrLose(const char* sql) {
  try {
    run(*connection_, sql);
  } catch (...) {
    connection_->noteDamage();
    throw;
  }
}

void WriteConnection::savepoint() {
  runOrLose(setSavepoint);
}
void WriteConnection::release() {
  runOrLose(releaseSavepoint);
}

void WriteConnection::rollBackTo() {
  runOrLose(returnToSavepoint);
  runOrLose(releaseSavepoint);
}

bool WriteConnection::isLost() const {
  return connection_->isDamaged() || !connection_->inTransaction();
}

bool WriteConnection::needsTidying() const {
  return options_.checkpointing == Checkpointing::whenDue &&
         (logDistrusted_ || logPages_ >= nextCheckpointPages_);
}

void WriteConnection::tidyUp() noexcept {
  const std::size_t before = logPages_;
  try {
    if (logDistrusted_) return renewLog(std::chrono::milliseconds{0});
    checkpoint(std::chrono::milliseconds{0});
  } catch (...) {
    // No data is lost: it is still in the log. If the disk is broken, the next commit fails.
  }
  nextCheckpointPages_ = before + options_.checkpointPages;
}

WriteConnection::Moved WriteConnection::checkpoint(std::chrono::milliseconds patience) {
  if (inMemory()) return Moved::all;
  if (!checkpointer_) checkpointer_ = std::make_unique<SqliteConnection>(options_, Access::readWrite);
  begin(patience);
  awaitReaders_();
  int pages = 0;
  int moved = 0;
  const int result =
      sqlite3_wal_checkpoint_v2(checkpointer_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
  awaitReaders_();
  rollBack();
  if (result != SQLITE_OK) throw StoreError(std::string("checkpoint: ") + sqlite3_errstr(result));
  identity_->noteLength();
  return moved == pages ? Moved::all : Moved::part;
}

void WriteConnection::restartLog() noexcept {
  constexpr std::chrono::milliseconds noPatience{0};
  try {
    if (checkpoint(noPatience) != Moved::all) return;
    begin(noPatience);
  } catch (...) {
    return;  // as in tidyUp()
  }
  try {
    writeProbe();
    commit();
  } catch (...) {
    rollBack();
  }
}

/// Restarts the log after a failed sync. StoreError if that is not possible; the log stays distrusted then.
void WriteConnection::renewLog(std::chrono::milliseconds patience) {
  if (options_.checkpointing == Checkpointing::never)
    throw StoreError("a sync of the disk has failed: this process no longer writes to " + options_.path);
  const std::uint64_t before = walRestarts_;
  logDistrusted_ = false;  // so that the transactions below can begin
  try {
    if (checkpoint(patience) == Moved::all) {
      begin(patience);
      writeProbe();
      commit();
    }
  } catch (...) {
    rollBack();
    logDistrusted_ = true;
    throw;
  }
  logDistrusted_ = walRestarts_ == before;
  if (logDistrusted_)
    throw StoreError("a sync of the disk has failed, and a reader keeps the write-ahead log from restarting");
}

void WriteConnection::writeProbe() {
  run(*connection_, rewriteProbe);
}

// Each commit adds at least one page, so a log that has not grown has restarted, after all of it had been moved.
void WriteConnection::noteLogSize(std::size_t pages) {
  if (pages <= logPages_) {
    nextCheckpointPages_ = options_.checkpointPages;
    ++walRestarts_;
  }
  logPages_ = pages;
  walBytes_ = pages * frameBytes_;
}

void WriteConnection::checkFile() const {
  if (identity_) identity_->check();
}

// Commits of the same connection do not change data_version.
void WriteConnection::lookForExternalChanges() {
  replaceIfBroken();
  Query pragma = connection_->query(readDataVersion);
  if (!pragma.step()) return;
  const std::int64_t version = pragma.number(0);
  if (dataVersion_ && version != *dataVersion_) ++externalChanges_;
  dataVersion_ = version;
}

}  // namespace glitch_protocol::inline v1::store
