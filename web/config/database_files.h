// The database as a file that others might change.
#pragma once

#include <string>

#include "web/config/config.h"

namespace glitch_protocol::web {

/// Throws ConfigError when others than root and the user who runs this may change the database, what SQLite and the
/// program keep beside it (-wal, -shm, -journal, .lock), or the directories on the way to them (file_trust.h); also
/// when others may put files of their own beside it, even into a sticky directory: a log there would be taken for
/// the database's. Touches nothing, and has nothing against files that do not exist.
void checkDatabaseFiles(const Config&);

/// Throws ConfigError when others may put something else in the place of the new file `path`.
void checkTargetOfBackup(const std::string& path);

}  // namespace glitch_protocol::web
