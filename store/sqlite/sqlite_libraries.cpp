// The names and versions of the SQLite libraries.
#include "store/sqlite_libraries.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>

namespace glitch_protocol::inline v1::store {

namespace {

// SQLiteCpp's own string is "3.02.01" where all others write 3.2.1.
std::string sqliteCppVersion() {
  constexpr int number = SQLITECPP_VERSION_NUMBER;
  return std::to_string(number / 1'000'000) + '.' + std::to_string(number / 1000 % 1000) + '.' +
         std::to_string(number % 1000);
}

}  // namespace

std::vector<Library> sqliteLibraries() {
  return {{"SQLite", SQLite::getLibVersion()}, {"SQLiteCpp", sqliteCppVersion()}};
}

}  // namespace glitch_protocol::inline v1::store
