// Settings, statements and errors of one SQLite connection.
#include "store/sqlite/sqlite_connection.h"

#include <SQLiteCpp/Column.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "engine/errors.h"

namespace glitch_protocol::inline v1::store {
namespace {

SQLite::Database open(const SqliteOptions& options, Access access) {
  // No mutex inside SQLite, since only one thread at a time uses a connection.
  const int flags =
      SQLITE_OPEN_NOMUTEX | (access == Access::readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
  try {
    SQLite::Database database(options.path, flags, static_cast<int>(options.busyTimeout.count()),
                              options.vfs);
    // Without write access SQLite opens the file read-only, without an error.
    if (access == Access::readWrite && sqlite3_db_readonly(database.getHandle(), "main") == 1)
      throw StoreError("the database " + options.path +
                       " can only be read: let the user that runs this program write to it (chmod u+w)");
    return database;
  } catch (const SQLite::Exception& error) {
    throw StoreError("cannot open the database " + options.path + ": " + error.what());
  }
}

}  // namespace

Query::Query(SqliteConnection& connection, SQLite::Statement& statement)
    : connection_(connection), statement_(statement) {}

// tryReset() because reset() throws the error of a failed step once more. The values are cleared too, since some of
// them are password hashes.
Query::~Query() {
  statement_.tryReset();
  try {
    statement_.clearBindings();
  } catch (const SQLite::Exception&) {
    // Every value is bound again before the next step.
  }
}

Query& Query::bind(std::string_view text) {
  try {
    statement_.bind(++bound_, std::string(text));
  } catch (const SQLite::Exception& error) {
    connection_.fail(error);
  }
  return *this;
}

Query& Query::bind(std::int64_t number) {
  try {
    statement_.bind(++bound_, number);
  } catch (const SQLite::Exception& error) {
    connection_.fail(error);
  }
  return *this;
}

Query& Query::bind(TimePoint time) {
  return bind(std::int64_t{time.time_since_epoch().count()});
}

Query& Query::bind(const LineageId& id) {
  try {
    statement_.bind(++bound_, id.bytes.data(), static_cast<int>(id.bytes.size()));
  } catch (const SQLite::Exception& error) {
    connection_.fail(error);
  }
  return *this;
}

Query& Query::bindNull() {
  try {
    statement_.bind(++bound_);
  } catch (const SQLite::Exception& error) {
    connection_.fail(error);
  }
  return *this;
}

bool Query::step() {
  try {
    return statement_.executeStep();
  } catch (const SQLite::Exception& error) {
    connection_.fail(error);
  }
}

std::size_t Query::run() {
  while (step()) {
  }
  return static_cast<std::size_t>(sqlite3_changes64(connection_.handle()));
}

bool Query::isNull(int column) const {
  return statement_.getColumn(column).isNull();
}

std::string Query::text(int column) const {
  return statement_.getColumn(column).getString();
}

std::int64_t Query::number(int column) const {
  return statement_.getColumn(column).getInt64();
}

TimePoint Query::time(int column) const {
  return TimePoint{std::chrono::milliseconds{number(column)}};
}

LineageId Query::lineageId(int column) const {
  const SQLite::Column value = statement_.getColumn(column);
  LineageId id;
  if (static_cast<std::size_t>(value.getBytes()) != id.bytes.size())
    throw StoreError("the database contains a lineage id of the wrong length");
  const auto* first = static_cast<const std::uint8_t*>(value.getBlob());
  std::copy_n(first, id.bytes.size(), id.bytes.begin());
  return id;
}

std::optional<std::string> Query::optionalText(int column) const {
  return isNull(column) ? std::nullopt : std::optional(text(column));
}

std::optional<TimePoint> Query::optionalTime(int column) const {
  return isNull(column) ? std::nullopt : std::optional(time(column));
}

SqliteConnection::SqliteConnection(const SqliteOptions& options, Access access)
    : database_(open(options, access)) {
  setUp(options);
}

void SqliteConnection::setUp(const SqliteOptions& options) {
  setBusyTimeout(options.busyTimeout);
  int defensive = 0;
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, &defensive);
  if (defensive != 1) throw StoreError("SQLite does not support its defensive mode");
  const bool full = options.durability == Durability::full;
  execute(full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  expect("PRAGMA synchronous", full ? 2 : 1);
  execute("PRAGMA foreign_keys=ON");
  expect("PRAGMA foreign_keys", 1);
  execute("PRAGMA trusted_schema=OFF");
  expect("PRAGMA trusted_schema", 0);
  execute("PRAGMA cell_size_check=ON");
  expect("PRAGMA cell_size_check", 1);
  // Otherwise SQLite would write sorts and statement journals to temporary files elsewhere.
  execute("PRAGMA temp_store=MEMORY");
  expect("PRAGMA temp_store", 2);
  // Only write_connection.cpp runs checkpoints.
  number("PRAGMA wal_autocheckpoint=0");
  expect("PRAGMA wal_autocheckpoint", 0);
}

void SqliteConnection::enableWal() {
  std::string mode;
  {
    Query pragma = query("PRAGMA journal_mode=WAL");
    if (pragma.step()) mode = pragma.text(0);
  }
  if (mode != "wal")
    throw StoreError("the database cannot use write-ahead logging here (journal mode " + mode +
                     "); it needs a local file system");
}

void SqliteConnection::checkpointOnClose(bool wanted) {
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted ? 0 : 1, nullptr);
}

void SqliteConnection::setBusyTimeout(std::chrono::milliseconds timeout) {
  sqlite3_busy_timeout(handle(), static_cast<int>(timeout.count()));
}

Query SqliteConnection::query(const char* sql) {
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return Query(*this, known->second);
  try {
    return Query(*this, statements_.emplace(sql, SQLite::Statement(database_, sql)).first->second);
  } catch (const SQLite::Exception& error) {
    fail(error);
  }
}

void SqliteConnection::execute(const char* sql) {
  try {
    database_.exec(sql);
  } catch (const SQLite::Exception& error) {
    fail(error);
  }
}

std::int64_t SqliteConnection::number(const char* sql) {
  try {
    return database_.execAndGet(sql).getInt64();
  } catch (const SQLite::Exception& error) {
    fail(error);
  }
}

void SqliteConnection::expect(const char* pragma, std::int64_t value) {
  if (number(pragma) != value)
    throw StoreError(std::string("SQLite does not accept a required setting: ") + pragma);
}

bool SqliteConnection::inTransaction() const {
  return sqlite3_get_autocommit(handle()) == 0;
}

void SqliteConnection::fail(const SQLite::Exception& error) {
  if ((error.getErrorCode() & 0xff) != SQLITE_CONSTRAINT) damaged_ = true;
  const int code = error.getExtendedErrorCode();
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) syncFailed_ = true;
  throw StoreError(std::string("database: ") + error.what());
}

sqlite3* SqliteConnection::handle() const {
  return database_.getHandle();
}

}  // namespace glitch_protocol::inline v1::store
