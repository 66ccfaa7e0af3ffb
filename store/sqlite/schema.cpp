// The migrations, and how a database is brought to the current version.
#include "store/sqlite/schema.h"

#include <sqlite3.h>

#include <array>
#include <string>

#include "engine/errors.h"
#include "engine/text/ip_address.h"
#include "store/sqlite/sqlite_connection.h"

namespace glitch_protocol::inline v1::store {
namespace {

// Times are INTEGER milliseconds since 1970 UTC; ids are TEXT; a counter is stored bit by bit as a signed number.
//
// Lineages are small, are always looked up by id and change with every refresh: without a rowid a rotation changes one
// leaf page instead of two. Sessions and users contain long texts, which would enlarge the inner pages of such a table.
//
// audit_log.user_id is not a foreign key: the history outlives the user.
// store_probe is the one row that SqliteDatabase::probeWrite() rewrites.
constexpr const char* version1 = R"sql(
  CREATE TABLE users (
    id            TEXT NOT NULL PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,
    name          TEXT,
    password_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER
  ) STRICT;

  CREATE TABLE sessions (
    id            TEXT NOT NULL PRIMARY KEY,
    user_id       TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    ip_address    TEXT NOT NULL,
    user_agent    TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    last_activity INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    ended_at      INTEGER,
    end_reason    TEXT NOT NULL,
    socket_id     TEXT
  ) STRICT;
  CREATE INDEX sessions_by_user ON sessions(user_id, ended_at);
  CREATE INDEX sessions_by_expiry ON sessions(expires_at) WHERE ended_at IS NULL;
  CREATE INDEX sessions_by_end ON sessions(ended_at) WHERE ended_at IS NOT NULL;

  CREATE TABLE lineages (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    counter    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    rotated_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX lineages_by_session ON lineages(session_id);
  CREATE INDEX lineages_by_expiry ON lineages(expires_at);

  CREATE TABLE audit_log (
    id         INTEGER PRIMARY KEY,
    time       INTEGER NOT NULL,
    event      TEXT NOT NULL,
    user_id    TEXT,
    session_id TEXT,
    ip_address TEXT NOT NULL,
    user_agent TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_log_by_user ON audit_log(user_id, time) WHERE user_id IS NOT NULL;
  CREATE INDEX audit_log_by_time ON audit_log(time);

  CREATE TABLE store_probe (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    writes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO store_probe (id, writes) VALUES (1, 0);
)sql";

// sessions.site is the site of the address, so that one index lookup tells whether a user has a session from there;
// migrate() defines site_of().
constexpr const char* version2 = R"sql(
  ALTER TABLE users ADD COLUMN password_changed_at INTEGER;
  ALTER TABLE sessions ADD COLUMN tokens_from INTEGER;
  ALTER TABLE sessions ADD COLUMN site TEXT NOT NULL DEFAULT '';
  UPDATE sessions SET site = site_of(ip_address);
  CREATE INDEX sessions_by_site ON sessions(user_id, site);
)sql";

// A user may have very many sessions: with these indexes a page of them, and the oldest, are found without reading the
// others. They contain only sessions that have not ended. The first one changes with each refresh, so it is kept short:
// sessions of the same millisecond are sorted when they are read.
constexpr const char* version3 = R"sql(
  CREATE INDEX sessions_live_by_activity ON sessions(user_id, last_activity) WHERE ended_at IS NULL;
  CREATE INDEX sessions_live_by_age ON sessions(user_id, created_at) WHERE ended_at IS NULL;
)sql";

// Sessions may belong to users who have no row here, so the foreign key is removed, for which SQLite needs a new table
// (migrate() has switched foreign keys off; otherwise dropping the old table would empty lineages). The indexes are
// created after the rows have been inserted, which takes a fraction of the time.
//
// changes.position must never be used twice, so this table alone has AUTOINCREMENT.
constexpr const char* version4 = R"sql(
  CREATE TABLE sessions_next (
    id            TEXT NOT NULL PRIMARY KEY,
    user_id       TEXT NOT NULL,
    ip_address    TEXT NOT NULL,
    user_agent    TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    last_activity INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    ended_at      INTEGER,
    end_reason    TEXT NOT NULL,
    socket_id     TEXT,
    tokens_from   INTEGER,
    site          TEXT NOT NULL
  ) STRICT;
  INSERT INTO sessions_next SELECT id, user_id, ip_address, user_agent, created_at, last_activity, expires_at,
    ended_at, end_reason, socket_id, tokens_from, site FROM sessions;
  DROP TABLE sessions;
  ALTER TABLE sessions_next RENAME TO sessions;
  CREATE INDEX sessions_by_user ON sessions(user_id, ended_at);
  CREATE INDEX sessions_by_expiry ON sessions(expires_at) WHERE ended_at IS NULL;
  CREATE INDEX sessions_by_end ON sessions(ended_at) WHERE ended_at IS NOT NULL;
  CREATE INDEX sessions_by_site ON sessions(user_id, site);
  CREATE INDEX sessions_live_by_activity ON sessions(user_id, last_activity) WHERE ended_at IS NULL;
  CREATE INDEX sessions_live_by_age ON sessions(user_id, created_at) WHERE ended_at IS NULL;

  ALTER TABLE audit_log ADD COLUMN actor TEXT NOT NULL DEFAULT 'user';
  UPDATE audit_log SET actor = 'operator' WHERE ip_address = '' AND user_id IS NOT NULL;

  CREATE TABLE changes (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL,
    id       TEXT NOT NULL,
    at       INTEGER NOT NULL,
    origin   INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX changes_by_time ON changes(at);
)sql";

// Released migrations are never edited, since existing databases have run them.
constexpr std::array migrations{version1, version2, version3, version4};

// Only for migrations: the schema must not use it (SQLITE_DIRECTONLY).
void defineSiteOf(SqliteConnection& connection) {
  const auto call = [](sqlite3_context* context, int, sqlite3_value** arguments) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(arguments[0]));
    const std::string site = siteOf(text == nullptr ? "" : text);
    sqlite3_result_text(context, site.data(), static_cast<int>(site.size()), SQLITE_TRANSIENT);
  };
  constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  const int result = sqlite3_create_function_v2(connection.handle(), "site_of", 1, flags, nullptr, call,
                                                nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) throw StoreError(std::string("migrating: ") + sqlite3_errstr(result));
}

/// Runs one step under the write lock: if two processes start at the same time, the second finds the step done.
void migrateOnce(SqliteConnection& connection, std::span<const char* const> list) {
  connection.execute("BEGIN IMMEDIATE");
  try {
    const std::int64_t version = connection.number("PRAGMA user_version");
    if (version < static_cast<std::int64_t>(list.size())) {
      connection.execute(list[static_cast<std::size_t>(version)]);
      connection.execute(("PRAGMA user_version=" + std::to_string(version + 1)).c_str());
    }
    connection.execute("COMMIT");
  } catch (const StoreError&) {
    // After some errors SQLite has already rolled back.
    if (connection.inTransaction()) connection.execute("ROLLBACK");
    throw;
  }
}

}  // namespace

std::int64_t currentSchemaVersion() {
  return static_cast<std::int64_t>(migrations.size());
}

void mark(SqliteConnection& connection, DatabaseUse use) {
  if (connection.number("PRAGMA application_id") != 0) return;
  connection.execute(("PRAGMA application_id=" + std::to_string(applicationIdOf(use))).c_str());
}

std::span<const char* const> releasedMigrations() {
  return migrations;
}

void migrate(SqliteConnection& connection) {
  migrate(connection, migrations);
}

void migrate(SqliteConnection& connection, std::span<const char* const> list) {
  const auto behind = [&] {
    return connection.number("PRAGMA user_version") < static_cast<std::int64_t>(list.size());
  };
  if (!behind()) return;
  defineSiteOf(connection);
  // This has no effect inside a transaction. If a step fails they stay off, and the caller closes the connection.
  connection.execute("PRAGMA foreign_keys=OFF");
  while (behind()) migrateOnce(connection, list);
  connection.execute("PRAGMA foreign_keys=ON");
  if (connection.number("PRAGMA foreign_keys") != 1)
    throw StoreError("SQLite did not switch foreign keys back on");
}

}  // namespace glitch_protocol::inline v1::store
