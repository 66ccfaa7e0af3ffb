// Puts a backup in the place of a database.
#pragma once

#include <functional>
#include <string>

#include "../engine/types.h"
#include "../engine/visibility.h"
#include "sqlite_database.h"
#include "sqlite_options.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

namespace store {

/// Replaces the database `options.path` by a copy of the file `backup`. No process may have the database open. It may be
/// missing or damaged; links to it are followed.
///
/// The copy (mode 0600) is made in the directory of the database. It must be an undamaged database of this program for
/// the same use, with a schema that is not newer; an older schema is migrated. `prepare` is called with the copy, and can
/// change it before it is renamed into place. The previous database is kept, with its log, as
/// `<database>.before-restore-<time>`, where `now` is the time: "20261125T131828Z". Returns that name; "" if there was
/// none.
///
/// Throws StoreError, and what `prepare` throws. Then nothing has changed, unless the last step has failed, which makes
/// the new names durable. A crash leaves the previous database, or the copy, or neither, in its place; the previous one
/// is then under its other name.
std::string restoreBackup(const SqliteOptions& options, const std::string& backup, TimePoint now,
                          const std::function<void(SqliteDatabase&)>& prepare);

}  // namespace store

}  // namespace v1
}  // namespace glitch_protocol
