// A copy of a database in a new file.
#pragma once

#include <string>

namespace glitch_protocol::store {

class SqliteConnection;

/// Copies the state that `connection` (with no transaction open) sees now to the new file `file`: whole and
/// durable, or StoreError and no such file. Made with 0600 under a temporary name beside it, then renamed.
void backUp(SqliteConnection& connection, const std::string& file);

}  // namespace glitch_protocol::store
