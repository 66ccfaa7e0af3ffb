// Which libraries the SQLite adapter uses, and in which versions.
#pragma once

#include <vector>

#include "../engine/libraries.h"
#include "../engine/visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

namespace store {

/// SQLite as loaded at run time, SQLiteCpp as compiled against (it is linked statically). *Thread-safe.*
std::vector<Library> sqliteLibraries();

}  // namespace store

}  // namespace v1
}  // namespace glitch_protocol
