// Checks the database file: whether it may be used, whether it belongs to this program, whether it is still in place.
//
// Nothing here opens an existing database file except through SQLite's own file layer: closing any other descriptor of
// the file would release the locks that this process's connections hold (sqlite.org/howtocorrupt.html, 2.2).
#pragma once

#include <sys/types.h>

#include <string>

#include "store/sqlite_options.h"

namespace glitch_protocol::inline v1::store {

/// StoreError if the path is not a plain file path, the file is not a regular file, users other than its owner have
/// access to it, it is not a SQLite database, it belongs to another program or is for another use, its schema is newer
/// than this program, or it is missing or empty while a write-ahead log with content exists beside it. A test database
/// is marked from its first byte, so an empty file is not one. Changes nothing.
void checkDatabaseFile(const SqliteOptions& options);

/// Ensures that `options.path` names a file that may be opened: creates an empty one (0600, whatever the umask) if
/// there is none. StoreError, with nothing changed, if checkDatabaseFile() refuses it or its directory is not writable.
void prepareDatabaseFile(const SqliteOptions& options);

/// Remembers which files a path and its log name, and how long the database is. *One thread at a time*, except that
/// several threads may call check() while none calls noteLength().
class FileIdentity {
 public:
  /// The files are the database `path` and its write-ahead log. StoreError unless both exist.
  explicit FileIdentity(const std::string& path);

  /// StoreError if the path or that of its log now names another file or none: writes would go to files that are lost
  /// after the next start. Also if the database is shorter than before: it was truncated, or vacuumed by another
  /// process, which SQLite's cache hides until the next start.
  void check() const;

  /// For calls after writes to the database file: if it has grown, check() expects its current length from now on.
  void noteLength();

 private:
  struct File {
    std::string path;
    dev_t device = 0;
    ino_t inode = 0;
    off_t length = 0;
  };
  static File look(const std::string& path);
  /// The file's current length. StoreError if it is no longer at its path.
  static off_t check(const File& file);

  File database_;
  File log_;
};

/// The path of the write-ahead log of the database `path`.
std::string logPath(const std::string& path);

/// Makes the current entries of the directory of `path` durable. StoreError if that fails.
void syncDirectoryOf(const std::string& path);

}  // namespace glitch_protocol::inline v1::store
