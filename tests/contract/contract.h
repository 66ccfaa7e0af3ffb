// The executable form of the ports in engine/: what every adapter must do, also one that is not part of this project. It
// is installed as <glitch_auth/testing/contract.h> with the library glitch_auth_contract, and needs Catch2.
//
// To test an adapter, write a TEST_CASE that calls one of these functions with a function that creates the adapter.
// Catch2 runs the test case once for each section of the suite. When a test case has not finished in
// TEST_CASE_SECONDS (an environment variable, by default 600), the program ends and says which section hangs and what
// the usual reasons are.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "../../engine/cache_adapter.h"
#include "../../engine/clock.h"
#include "../../engine/database_adapter.h"
#include "../../engine/operable_database.h"
#include "../../engine/socket_broadcaster.h"

namespace glitch_protocol::contract {

// ---- DatabaseAdapter -----------------------------------------------------------------------------------------------

/// Creates a new, empty database. It is called several times; the databases must not share their data.
using MakeDatabase = std::function<std::unique_ptr<DatabaseAdapter>()>;

/// All suites below, with every function of a write run twice (database_adapter.h says why).
void databaseKeepsItsContract(const MakeDatabase& make);

void databaseKeepsUsers(const MakeDatabase& make);
void databaseKeepsSessions(const MakeDatabase& make);
void databasePagesSessions(const MakeDatabase& make);
void databaseKeepsLineages(const MakeDatabase& make);
void databaseKeepsAuditEvents(const MakeDatabase& make);
void databaseKeepsChanges(const MakeDatabase& make);
void databaseCleansUp(const MakeDatabase& make);
void databaseRunsTransactions(const MakeDatabase& make);

/// The promises of engine/engine.h that depend on the database and on many threads: an engine on the database keeps
/// 1, 2, 3, 5 and 9. `rounds` repetitions of each race.
void engineKeepsItsPromisesOn(const MakeDatabase& make, int rounds = 24);

// ---- OperableDatabase ----------------------------------------------------------------------------------------------

/// Creates a new, empty database.
using MakeOperableDatabase = std::function<std::unique_ptr<OperableDatabase>()>;

/// `freeFile` returns the name of a new file that does not exist.
void databaseIsOperable(const MakeOperableDatabase& make, const std::function<std::string()>& freeFile);

// ---- CacheAdapter --------------------------------------------------------------------------------------------------

/// Creates an empty cache that uses the given clock.
using MakeCache = std::function<std::unique_ptr<CacheAdapter>(ManualClock&)>;

/// What every cache must do, even one that stores nothing.
void cacheIsNeverWrong(const MakeCache& make);
/// What a cache that stores values must do as well.
void cacheRemembers(const MakeCache& make);

// ---- SocketBroadcaster ---------------------------------------------------------------------------------------------

/// Emitting never throws, from any thread, also to unknown users and streams.
void broadcasterAcceptsEverything(SocketBroadcaster& broadcaster);

}  // namespace glitch_protocol::contract

namespace glitch_auth {
namespace contract = glitch_protocol::contract;
}
