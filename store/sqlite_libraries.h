// Which libraries the SQLite adapter uses, and in which versions.
#pragma once

#include <vector>

#include "engine/libraries.h"

namespace glitch_protocol::store {

/// SQLite as loaded at run time, SQLiteCpp as compiled against (it is linked statically). *Thread-safe.*
std::vector<Library> sqliteLibraries();

}  // namespace glitch_protocol::store
