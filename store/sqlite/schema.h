// The tables, and how they came to be: a list of migrations that only ever grows at its end.
#pragma once

#include <cstdint>
#include <span>

#include "store/sqlite_options.h"

namespace glitch_protocol::store {

class SqliteConnection;

/// Mark a database file as this program's ("GPas"), or as one of its test databases ("GPte"), in the header field
/// that SQLite keeps for that.
inline constexpr std::int64_t applicationId = 0x47506173;
inline constexpr std::int64_t testApplicationId = 0x47507465;

constexpr std::int64_t applicationIdOf(DatabaseUse use) {
  return use == DatabaseUse::tests ? testApplicationId : applicationId;
}

/// The schema version that this program writes, and the newest that it knows.
std::int64_t currentSchemaVersion();

/// The released steps: migration n leads from version n to n + 1.
std::span<const char* const> releasedMigrations();

/// Marks a database that has no mark yet. Before write-ahead logging is switched on, so that the mark is in the
/// file itself from the beginning, and not in the log alone. StoreError when that fails.
void mark(SqliteConnection& connection, DatabaseUse use);

/// Brings the database to currentSchemaVersion(), each step in one transaction of its own: interrupted
/// anywhere, the file is at some whole version. Does nothing at the current one. On StoreError, when
/// a step fails, the connection must not be used any more.
void migrate(SqliteConnection& connection);
/// The same along another list. A step may call site_of(address), which is siteOf() of engine/text/ip_address.h.
void migrate(SqliteConnection& connection, std::span<const char* const> migrations);

}  // namespace glitch_protocol::store
