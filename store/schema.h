// The tables, and how they came to be: a list of migrations that only ever grows at its end.
#pragma once

#include <cstdint>
#include <span>

namespace glitch_protocol::store {

class SqliteConnection;

/// Marks a database file as this program's ("GPas"), in the header field that SQLite keeps for that.
inline constexpr std::int64_t applicationId = 0x47506173;

/// The schema version that this program writes, and the newest that it knows.
std::int64_t currentSchemaVersion();

/// Brings the database to currentSchemaVersion(), each step in one transaction of its own: interrupted
/// anywhere, the file is at some whole version. Does nothing at the current one. StoreError when a step
/// fails.
void migrate(SqliteConnection& connection);
/// The same along another list: migration n leads from version n to n + 1.
void migrate(SqliteConnection& connection, std::span<const char* const> migrations);

}  // namespace glitch_protocol::store
