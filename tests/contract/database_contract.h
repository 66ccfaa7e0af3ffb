// The executable form of engine/database_adapter.h: what every adapter must do. To test an adapter, write a TEST_CASE
// that calls databaseKeepsItsContract() with a function that creates an empty database.
#pragma once

#include <functional>
#include <memory>

#include "engine/database_adapter.h"

namespace glitch_protocol::contract {

/// Creates a new, empty database.
using MakeDatabase = std::function<std::unique_ptr<DatabaseAdapter>()>;

void databaseKeepsUsers(const MakeDatabase& make);
void databaseKeepsSessions(const MakeDatabase& make);
void databasePagesSessions(const MakeDatabase& make);
void databaseKeepsLineages(const MakeDatabase& make);
void databaseKeepsAuditEvents(const MakeDatabase& make);
void databaseKeepsChanges(const MakeDatabase& make);
void databaseCleansUp(const MakeDatabase& make);
void databaseRunsTransactions(const MakeDatabase& make);

/// All of the above, with every function of a write run twice (RepeatingDatabase). Catch2 calls it once for each of
/// their sections.
void databaseKeepsItsContract(const MakeDatabase& make);

/// A database with the user ada, who has a laptop and a phone with a lineage each (1 and 2).
std::unique_ptr<DatabaseAdapter> withTwoSessions(const MakeDatabase& make);

}  // namespace glitch_protocol::contract
