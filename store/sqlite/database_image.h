// The content of a database as one string of bytes.
#pragma once

#include <string>
#include <string_view>

#include "store/sqlite/sqlite_connection.h"

namespace glitch_protocol::store {

/// What the database of an idle connection holds now. StoreError when it cannot be read.
std::string imageOf(SqliteConnection& connection);

/// Makes `image` the content of an idle connection's database, in one commit. StoreError when it is no image of a
/// database of the same use and version,
/// or that fails; then nothing has changed.
void restoreImage(SqliteConnection& connection, std::string_view image);

}  // namespace glitch_protocol::store
