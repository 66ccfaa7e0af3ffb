#include "store/sqlite_libraries.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>

namespace glitch_protocol::store {

namespace {

// SQLiteCpp writes "3.02.01", everybody else 3.2.1.
std::string sqliteCppVersion() {
  constexpr int number = SQLITECPP_VERSION_NUMBER;
  return std::to_string(number / 1'000'000) + '.' + std::to_string(number / 1000 % 1000) + '.' +
         std::to_string(number % 1000);
}

}  // namespace

std::vector<Library> sqliteLibraries() {
  return {{"SQLite", SQLite::getLibVersion()}, {"SQLiteCpp", sqliteCppVersion()}};
}

}  // namespace glitch_protocol::store
