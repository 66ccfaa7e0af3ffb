// A SQLite connection with verified settings, statements that are prepared once, and errors as StoreError.
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

namespace glitch_protocol::inline v1::store {

class SqliteConnection;

/// One execution of a prepared statement. Values are bound in the order of the `?`s; columns are counted from 0. The
/// destructor resets the statement, so that no cursor stays open. Every failure is a StoreError. *One thread at a
/// time.*
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
  /// An empty optional binds NULL.
  template <class Value>
  Query& bind(const std::optional<Value>& value) {
    return value ? bind(*value) : bindNull();
  }

  /// Advances to the next row; false if there is none.
  bool step();
  /// Runs to the end. Returns the number of rows that were inserted, changed or removed, without cascades.
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

/// An open connection with all required settings made and verified. *One thread at a time.*
class SqliteConnection {
 public:
  /// Opens an existing file, or with path ":memory:" a new private database in memory. StoreError if that fails or a
  /// setting has no effect. The journal mode stays as it is: see enableWal().
  SqliteConnection(const SqliteOptions& options, Access access);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  /// Switches the file to write-ahead logging permanently. StoreError if SQLite reports another journal mode.
  void enableWal();
  /// Whether closing this connection, if it is the last one of the file, moves the log into the database file. By
  /// default it does.
  void checkpointOnClose(bool wanted);
  void setBusyTimeout(std::chrono::milliseconds timeout);

  /// `sql` must live as long as the connection. It is identified by its address, prepared on first use, then reused.
  Query query(const char* sql);
  /// Runs statements that return no rows.
  void execute(const char* sql);
  /// The single value that `sql` returns, as a number.
  std::int64_t number(const char* sql);

  bool inTransaction() const;
  /// True after an error that may affect more than its own statement (any but a constraint violation), until
  /// forgetDamage(). A transaction with such an error must not be committed.
  bool isDamaged() const { return damaged_; }
  void forgetDamage() { damaged_ = false; }
  /// Whether a sync has failed since the last call.
  bool takeSyncFailure() { return std::exchange(syncFailed_, false); }
  /// For callers that do not know what an error has affected.
  void noteDamage() { damaged_ = true; }

  /// Records the damage and throws a StoreError with SQLite's message.
  [[noreturn]] void fail(const SQLite::Exception& error);

  /// Owned by this object; for functions that SQLiteCpp lacks.
  sqlite3* handle() const;

 private:
  void setUp(const SqliteOptions& options);
  void expect(const char* pragma, std::int64_t value);

  // In this order, so that statements are destroyed before their database.
  SQLite::Database database_;
  std::unordered_map<const char*, SQLite::Statement> statements_;
  bool damaged_ = false;
  bool syncFailed_ = false;
};

}  // namespace glitch_protocol::inline v1::store
