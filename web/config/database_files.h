// Whether others can change the database file.
#pragma once

#include <string>

#include "web/config/config.h"

namespace glitch_protocol::web {

/// Throws ConfigError if anybody but root and the user who runs this process can change the database, the files
/// that SQLite and the program keep beside it (-wal, -shm, -journal, .lock), or the directories on the way to them
/// (file_trust.h); also if others can put files beside it, even into a sticky directory, because SQLite would take
/// a log there for the database's. Changes nothing, and accepts files that do not exist.
void checkDatabaseFiles(const Config&);

/// Throws ConfigError if others can replace the new file `path`.
void checkTargetOfBackup(const std::string& path);

/// Throws ConfigError if others can change or replace the file `path`, or if it does not exist.
void checkSourceOfRestore(const std::string& path);

}  // namespace glitch_protocol::web
