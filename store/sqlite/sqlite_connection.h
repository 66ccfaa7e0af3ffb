// One SQLite connection as this project uses it: checked settings, statements prepared once, errors as
// StoreError.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "engine/types.h"
#include "store/sqlite_options.h"

namespace glitch_protocol::store {

class SqliteConnection;

/// One execution of a prepared statement. Values are bound in the order of the `?`s; columns are counted from
/// 0. The statement is reset when this goes, so that no cursor ever stays open. Every failure is a
/// StoreError. *One thread at a time.*
class Query {
 public:
  Query(SqliteConnection& connection, SQLite::Statement& statement);
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  Query& bind(std::string_view text);
  Query& bind(std::int64_t number);
  Query& bind(TimePoint time);
  Query& bind(const LineageId& id);
  template <class Tag>
  Query& bind(const Id<Tag>& id) {
    return bind(std::string_view(id.str()));
  }
  /// Nothing binds NULL.
  template <class Value>
  Query& bind(const std::optional<Value>& value) {
    return value ? bind(*value) : bindNull();
  }

  /// True when there is a (further) row.
  bool step();
  /// Runs to the end and returns how many rows were inserted, changed or removed (cascades not counted).
  std::size_t run();

  bool isNull(int column) const;
  std::string text(int column) const;
  std::int64_t number(int column) const;
  TimePoint time(int column) const;
  LineageId lineageId(int column) const;
  std::optional<std::string> optionalText(int column) const;
  std::optional<TimePoint> optionalTime(int column) const;

 private:
  Query& bindNull();

  SqliteConnection& connection_;
  SQLite::Statement& statement_;
  int bound_ = 0;
};

enum class Access { readOnly, readWrite };

/// An open connection with every setting of the house made and read back. *One thread at a time.*
class SqliteConnection {
 public:
  /// Opens an existing file, or with path ":memory:" a new private database in memory. Throws StoreError when
  /// that fails or a setting does not take. The journal mode is left as it is: see enableWal().
  SqliteConnection(const SqliteOptions& options, Access access);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  /// Switches the file to write-ahead logging, for good; StoreError when SQLite answers that it did not.
  void enableWal();
  /// Whether closing this connection as the file's last one moves the log into the database file. It does
  /// unless told.
  void checkpointOnClose(bool wanted);
  void setBusyTimeout(std::chrono::milliseconds timeout);

  /// `sql` must live as long as the connection and is recognised by its address: prepared on first use, then
  /// reused.
  Query query(const char* sql);
  /// Runs statements that give no rows.
  void execute(const char* sql);
  /// The one value that `sql` gives, as a number.
  std::int64_t number(const char* sql);

  bool inTransaction() const;
  /// True after an error that leaves more in doubt than its own statement (any but a violated constraint),
  /// until forgetDamage(). A transaction in which that happened must not be committed.
  bool isDamaged() const { return damaged_; }
  void forgetDamage() { damaged_ = false; }
  /// True once after the disk has failed to sync.
  bool takeSyncFailure() { return std::exchange(syncFailed_, false); }
  /// For whoever cannot tell what an error has left behind.
  void noteDamage() { damaged_ = true; }

  /// Notes the damage and throws the StoreError for what SQLite says.
  [[noreturn]] void fail(const SQLite::Exception& error);

  /// Borrowed; for calls that SQLiteCpp lacks.
  sqlite3* handle() const;

 private:
  void setUp(const SqliteOptions& options);
  void expect(const char* pragma, std::int64_t value);

  // Statements go before the database that they belong to.
  SQLite::Database database_;
  std::unordered_map<const char*, SQLite::Statement> statements_;
  bool damaged_ = false;
  bool syncFailed_ = false;
};

}  // namespace glitch_protocol::store
