// A SQLite database file for one test.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <string>

#include "store/sqlite_options.h"
#include "tests/support/temporary_directory.h"

namespace glitch_protocol::store {

/// The default options for the database `path`.
inline SqliteOptions optionsFor(const std::string& path) {
  SqliteOptions options;
  options.path = path;
  return options;
}

/// A new directory, and the path and the default options of a database in it, which does not exist yet. A test may
/// change the options before it opens the database. *One thread at a time.*
struct DatabaseFile {
  TemporaryDirectory directory;
  const std::string path = directory.file("auth.db");
  const std::string log = path + "-wal";
  SqliteOptions options = optionsFor(path);
};

/// Whether the database file passes SQLite's integrity check and its check of foreign keys.
inline bool isSound(const std::string& path) {
  SQLite::Database plain(path);
  SQLite::Statement orphans(plain, "PRAGMA foreign_key_check");
  return plain.execAndGet("PRAGMA integrity_check").getString() == "ok" && !orphans.executeStep();
}

}  // namespace glitch_protocol::store
