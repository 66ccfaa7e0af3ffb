// The content of a database as one string of bytes.
#pragma once

#include <string>
#include <string_view>

#include "store/sqlite/sqlite_connection.h"

namespace glitch_protocol::inline v1::store {

/// The current content of an idle connection's database. StoreError if it cannot be read.
std::string imageOf(SqliteConnection& connection);

/// Replaces the content of an idle connection's database with `image`, in one commit. StoreError, with nothing changed,
/// if `image` is not an image of a database of the same use and version, or if the replacement fails.
void restoreImage(SqliteConnection& connection, std::string_view image);

}  // namespace glitch_protocol::inline v1::store
