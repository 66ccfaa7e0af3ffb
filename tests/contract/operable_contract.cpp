// What every database that implements engine/operable_database.h must do.
#include "tests/contract/contract.h"

#include <filesystem>
#include <string>

#include "engine/errors.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"

namespace glitch_protocol::contract {

using namespace sample;

void databaseIsOperable(const MakeOperableDatabase& make, const std::function<std::string()>& freeFile) {
  const auto database = make();
  addUser(*database, "ada");

  SECTION("a probe succeeds and changes nothing that a reader sees") {
    const std::string before = everythingAbout(*database, UserId("user-ada"));
    CHECK_NOTHROW(database->probeWrite());
    CHECK(usersOf(*database) == "user-ada ");
    CHECK(everythingAbout(*database, UserId("user-ada")) == before);
  }
  SECTION("an image restores the content in the same and in another database") {
    const std::string image = database->image();
    addUser(*database, "bob");
    database->restore(image);
    CHECK(usersOf(*database) == "user-ada ");
    const auto other = make();
    addUser(*other, "eve");
    other->restore(image);
    CHECK(usersOf(*other) == "user-ada ");
    CHECK_NOTHROW(addUser(*other, "eve"));
  }
  SECTION("bytes that are not an image are refused and change nothing") {
    for (const std::string& bytes : {std::string(), std::string("x"), std::string(5000, 'x')}) {
      CAPTURE(bytes);
      CHECK_THROWS_AS(database->restore(bytes), StoreError);
    }
    CHECK(usersOf(*database) == "user-ada ");
  }
  SECTION("a backup is a new file; an existing file is refused and stays unchanged") {
    const std::string file = freeFile();
    database->backup(file);
    CHECK(std::filesystem::file_size(file) > 0);
    const auto size = std::filesystem::file_size(file);
    addUser(*database, "bob");
    CHECK_THROWS_AS(database->backup(file), StoreError);
    CHECK(std::filesystem::file_size(file) == size);
  }
  SECTION("own changes do not count as external changes") {
    const std::uint64_t before = database->externalChangeCount();
    addUser(*database, "bob");
    database->probeWrite();
    CHECK(database->externalChangeCount() == before);
  }
}

}  // namespace glitch_protocol::contract
