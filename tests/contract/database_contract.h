// The executable form of engine/database_adapter.h: what every adapter must do. Write a TEST_CASE that calls
// all of these with a way to make an empty database of yours.
#pragma once

#include <functional>
#include <memory>

#include "engine/database_adapter.h"

namespace glitch_protocol::contract {

/// Makes an empty database, a new one each time.
using MakeDatabase = std::function<std::unique_ptr<DatabaseAdapter>()>;

void databaseKeepsUsers(const MakeDatabase& make);
void databaseKeepsSessions(const MakeDatabase& make);
void databasePagesSessions(const MakeDatabase& make);
void databaseKeepsLineages(const MakeDatabase& make);
void databaseKeepsAuditEvents(const MakeDatabase& make);
void databaseKeepsChanges(const MakeDatabase& make);
void databaseCleansUp(const MakeDatabase& make);
void databaseRunsTransactions(const MakeDatabase& make);

/// All of the above, where every function of a write runs twice (RepeatingDatabase). Each call checks one section of
/// one of them, as Catch2's sections do.
void databaseKeepsItsContract(const MakeDatabase& make);

/// A database with the user ada, who has a laptop and a phone with a lineage each (1 and 2).
std::unique_ptr<DatabaseAdapter> withTwoSessions(const MakeDatabase& make);

}  // namespace glitch_protocol::contract
