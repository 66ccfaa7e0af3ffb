// Tests a database adapter of an app with the suites that every adapter of auth-server has to pass.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>  // Catch2 3: link with -lCatch2Main -lCatch2
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
#include <glitch_auth/testing/contract.h>

#include "own_database.h"

TEST_CASE("our database keeps the contract") {
  glitch_auth::contract::databaseKeepsItsContract([] { return std::make_unique<own::Database>(); });
}

TEST_CASE("the engine keeps its promises on our database") {
  glitch_auth::contract::engineKeepsItsPromisesOn([] { return std::make_unique<own::Database>(); });
}
