// The database as a file among files: may it be used, is it this program's, is it still there.
//
// Nothing here opens an existing database file except through SQLite's own file layer: closing any other
// descriptor of it would drop the locks that this process's connections hold
// (sqlite.org/howtocorrupt.html, 2.2).
#pragma once

#include <sys/types.h>

#include <string>

#include "store/sqlite_options.h"

namespace glitch_protocol::store {

/// StoreError when the path is no plain file path, the file is no regular file, others than its owner have access
/// to it, it is not a SQLite database, another program's or of another use, its schema is newer than this program,
/// or it is missing or empty while a write-ahead log with content lies beside it. A test database
/// is marked from its first byte, so an empty file is none. Touches nothing.
void checkDatabaseFile(const SqliteOptions& options);

/// Sees to it that `options.path` names a file that may be opened: makes an empty one (0600, whatever the
/// umask) when there is none. StoreError, and nothing touched, when checkDatabaseFile() refuses it, or its
/// directory cannot be written to.
void prepareDatabaseFile(const SqliteOptions& options);

/// Remembers which files stand behind a path, and how long the database is. *One thread at a time*, but
/// check(), as long as nobody calls noteLength().
class FileIdentity {
 public:
  /// Of the database file `path` and its write-ahead log, both of which must exist (StoreError otherwise).
  explicit FileIdentity(const std::string& path);

  /// StoreError when the path, or that of its log, leads elsewhere now: then writes go into files that nobody
  /// will find again. Also when the database is shorter than it was: it was cut off, or vacuumed by others,
  /// and what SQLite holds in memory hides that until the next start.
  void check() const;

  /// The database has been written to: check() expects its present length from now on, if it is longer.
  void noteLength();

 private:
  struct File {
    std::string path;
    dev_t device = 0;
    ino_t inode = 0;
    off_t length = 0;
  };
  static File look(const std::string& path);
  /// The file's present length.
  static off_t check(const File& file);

  File database_;
  File log_;
};

/// `path` with the ending of its write-ahead log.
std::string logPath(const std::string& path);

/// Makes directory entries made so far in the directory of `path` durable. StoreError when that fails.
void syncDirectoryOf(const std::string& path);

}  // namespace glitch_protocol::store
