// Tests images of databases, in memory and in files.
#include "store/sqlite/database_image.h"

#include <string>

#include "engine/errors.h"
#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"
#include "tests/support/database_file.h"

namespace glitch_protocol::store {

using namespace sample;

TEST_CASE("an image restores the content in memory, in a file, and from one to the other") {
  const DatabaseFile onDisk;
  SqliteDatabase file(onDisk.options);
  const auto memory = SqliteDatabase::inMemory();
  addUser(*memory, "ada");
  const std::string image = memory->image();
  for (SqliteDatabase* database : {memory.get(), &file}) {
    addUser(*database, "bob");
    database->restore(image);
    CHECK(usersOf(*database) == "user-ada ");
    addUser(*database, "cleo");
    CHECK(usersOf(*database) == "user-ada user-cleo ");
  }
  memory->restore(file.image());
  CHECK(usersOf(*memory) == "user-ada user-cleo ");
  CHECK_NOTHROW(file.checkpoint());
}

TEST_CASE("a restored image is durable") {
  const DatabaseFile file;
  const auto memory = SqliteDatabase::inMemory();
  addUser(*memory, "ada");
  SqliteDatabase(file.options).restore(memory->image());
  SqliteDatabase again(file.options);
  CHECK(usersOf(again) == "user-ada ");
}

TEST_CASE("bytes that are not an image are refused and change nothing") {
  const auto memory = SqliteDatabase::inMemory();
  addUser(*memory, "ada");
  std::string foreign = memory->image();
  foreign[68] = static_cast<char>(foreign[68] ^ 1);  // the application id (SQLite file format, 1.3.12)
  for (const std::string& bytes : {std::string(), std::string("x"), std::string(5000, 'x'), foreign}) {
    CAPTURE(bytes);
    CHECK_THROWS_AS(memory->restore(bytes), StoreError);
  }
  CHECK(usersOf(*memory) == "user-ada ");
}

}  // namespace glitch_protocol::store
