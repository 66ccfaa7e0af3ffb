// Copies a database to a new file.
#pragma once

#include <string>

namespace glitch_protocol::inline v1::store {

class SqliteConnection;

/// Copies the state that `connection` (with no open transaction) sees now to the new file `file`. When this returns,
/// the copy is complete and durable; on StoreError there is no new file. It is created with mode 0600 under a
/// temporary name in the same directory, then renamed.
void backUp(SqliteConnection& connection, const std::string& file);

}  // namespace glitch_protocol::inline v1::store
