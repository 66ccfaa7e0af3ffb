// The tables, as a list of migrations to which new ones are appended.
#pragma once

#include <cstdint>
#include <span>

#include "store/sqlite_options.h"

namespace glitch_protocol::inline v1::store {

class SqliteConnection;

/// The application ids in a database file's header: "GPas" marks it as this program's, "GPte" as one of its test
/// databases.
inline constexpr std::int64_t applicationId = 0x47506173;
inline constexpr std::int64_t testApplicationId = 0x47507465;

constexpr std::int64_t applicationIdOf(DatabaseUse use) {
  return use == DatabaseUse::tests ? testApplicationId : applicationId;
}

/// The schema version that this program writes, and the newest that it knows.
std::int64_t currentSchemaVersion();

/// The released migrations: number n leads from version n to n + 1.
std::span<const char* const> releasedMigrations();

/// Marks a database that has no mark yet. Must be called before write-ahead logging is switched on, so that the mark is
/// in the file itself from the beginning and not only in the log. StoreError if that fails.
void mark(SqliteConnection& connection, DatabaseUse use);

/// Brings the database to currentSchemaVersion(), each step in a separate transaction: after an interruption the file
/// is at a complete version. Does nothing at the current version. On StoreError, when a step fails, the connection must
/// not be used any more.
void migrate(SqliteConnection& connection);
/// The same with another list of migrations. A step may call site_of(address), which is siteOf() of
/// engine/text/ip_address.h.
void migrate(SqliteConnection& connection, std::span<const char* const> migrations);

}  // namespace glitch_protocol::inline v1::store
