// Takes images of a database with sqlite3_serialize(), and restores them page by page through SQLite's backup
// interface. sqlite3_deserialize() on the connection itself would detach it from its file, and fails while it has
// prepared statements.
#include "store/sqlite/database_image.h"

#include <sqlite3.h>

#include <memory>

#include "engine/errors.h"
#include "store/sqlite/schema.h"

namespace glitch_protocol::inline v1::store {
namespace {

// The bytes of a database's header that give its journal mode: 1 rollback journal, 2 write-ahead log (SQLite file
// format, 1.3.3). A database in memory can only be read with 1.
constexpr std::size_t writeVersionAt = 18;
constexpr std::size_t readVersionAt = 19;
constexpr std::size_t headerBytes = 100;

struct Free {
  void operator()(unsigned char* bytes) const { sqlite3_free(bytes); }
};
using Bytes = std::unique_ptr<unsigned char, Free>;

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Database = std::unique_ptr<sqlite3, Close>;

[[noreturn]] void refuse(const std::string& what, int result) {
  throw StoreError(what + ": " + sqlite3_errstr(result));
}

/// Opens the image as a separate database, which reads the bytes in place.
Database open(std::string_view image) {
  if (image.size() < headerBytes)
    throw StoreError("cannot restore: these bytes are not an image of a database");
  sqlite3* opened = nullptr;
  const int result =
      sqlite3_open_v2(":memory:", &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(opened);
  if (result != SQLITE_OK) refuse("cannot restore the image", result);
  // The bytes are only read (SQLITE_DESERIALIZE_READONLY).
  auto* bytes = reinterpret_cast<unsigned char*>(const_cast<char*>(image.data()));
  const auto size = static_cast<sqlite3_int64>(image.size());
  const int taken = sqlite3_deserialize(opened, "main", bytes, size, size, SQLITE_DESERIALIZE_READONLY);
  if (taken != SQLITE_OK) refuse("cannot restore the image", taken);
  return database;
}

std::int64_t numberOf(sqlite3* database, const char* pragma) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, pragma, -1, &statement, nullptr) != SQLITE_OK) return -1;
  const std::int64_t number = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
  sqlite3_finalize(statement);
  return number;
}

}  // namespace

std::string imageOf(SqliteConnection& connection) {
  sqlite3_int64 size = 0;
  const Bytes bytes(sqlite3_serialize(connection.handle(), "main", &size, 0));
  if (!bytes || size < static_cast<sqlite3_int64>(headerBytes)) throw StoreError("cannot copy the database");
  std::string image(reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(size));
  image[writeVersionAt] = 1;
  image[readVersionAt] = 1;
  return image;
}

void restoreImage(SqliteConnection& connection, std::string_view image) {
  const Database source = open(image);
  if (numberOf(source.get(), "PRAGMA application_id") != connection.number("PRAGMA application_id") ||
      numberOf(source.get(), "PRAGMA user_version") != currentSchemaVersion())
    throw StoreError("cannot restore: the image is of a database for another use or of another version");
  sqlite3_backup* copy = sqlite3_backup_init(connection.handle(), "main", source.get(), "main");
  if (copy == nullptr) refuse("cannot restore the image", sqlite3_errcode(connection.handle()));
  constexpr int allPages = -1;
  const int result = sqlite3_backup_step(copy, allPages);
  sqlite3_backup_finish(copy);
  if (result != SQLITE_DONE) refuse("cannot restore the image", result);
}

}  // namespace glitch_protocol::inline v1::store
