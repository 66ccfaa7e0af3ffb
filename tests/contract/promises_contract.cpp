// The promises of the engine on a database that is given.
#include "tests/catch.h"
#include "tests/contract/contract.h"
#include "tests/contract/engine_promises.h"
#include "tests/support/watchdog.h"

namespace glitch_protocol::contract {

void engineKeepsItsPromisesOn(const MakeDatabase& make, int rounds) {
  watchTestCases();
  SECTION("1 and 2: a refresh token rotates once, and presenting it again ends all sessions of its user") {
    promises::oneTokenManyThreads(make, rounds);
  }
  SECTION("3: within the reuse window all presentations of a refresh token get the same successor") {
    promises::oneTokenManyThreadsInsideWindow(make, rounds);
  }
  SECTION("5: no token of a session is valid after it has been terminated during a refresh") {
    promises::refreshRacingWithTerminate(make, rounds);
  }
  SECTION("5: no token of a session is valid after the password has been set during a refresh") {
    promises::refreshRacingWithPasswordChange(make, rounds);
  }
  SECTION("5: after the user has changed the password during a refresh, only the new tokens are valid") {
    promises::refreshRacingWithOwnPasswordChange(make, rounds);
  }
  SECTION("9: any number of refreshes leaves one row") {
    promises::manyRotationsOneRow(make, 10 * rounds);
  }
}

}  // namespace glitch_protocol::contract
