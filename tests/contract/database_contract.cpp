// All parts of the database contract, with every function of a write run twice.
#include "tests/contract/contract.h"

#include <utility>

#include "tests/catch.h"
#include "tests/contract/sample_rows.h"
#include "tests/contract/stored_rows.h"
#include "tests/support/repeating_database.h"
#include "tests/support/watchdog.h"

namespace glitch_protocol::contract {

namespace {

/// A RepeatingDatabase that owns the database under test.
class OwningRepeatingDatabase : public DatabaseAdapter {
 public:
  explicit OwningRepeatingDatabase(std::unique_ptr<DatabaseAdapter> inner) : inner_(std::move(inner)) {}

  void read(const std::function<void(Reader&)>& look) override { repeating_.read(look); }
  void write(const std::function<void(Writer&)>& change) override { repeating_.write(change); }

 private:
  const std::unique_ptr<DatabaseAdapter> inner_;
  RepeatingDatabase repeating_{*inner_};
};

}  // namespace

std::unique_ptr<DatabaseAdapter> withTwoSessions(const MakeDatabase& make) {
  auto database = make();
  database->write([](Writer& writer) {
    writer.users().insert(sample::user("ada"));
    writer.sessions().insert(sample::session("ada", "laptop"));
    writer.sessions().insert(sample::session("ada", "phone"));
    writer.lineages().insert(sample::lineage("laptop", 1));
    writer.lineages().insert(sample::lineage("phone", 2));
  });
  return database;
}

void databaseKeepsItsContract(const MakeDatabase& makeOnce) {
  watchTestCases();
  const MakeDatabase make = [&] { return std::make_unique<OwningRepeatingDatabase>(makeOnce()); };
  SECTION("users") {
    databaseKeepsUsers(make);
  }
  SECTION("sessions") {
    databaseKeepsSessions(make);
  }
  SECTION("pages of sessions") {
    databasePagesSessions(make);
  }
  SECTION("lineages") {
    databaseKeepsLineages(make);
  }
  SECTION("audit events") {
    databaseKeepsAuditEvents(make);
  }
  SECTION("the change feed") {
    databaseKeepsChanges(make);
  }
  SECTION("cleanup") {
    databaseCleansUp(make);
  }
  SECTION("transactions") {
    databaseRunsTransactions(make);
  }
}

}  // namespace glitch_protocol::contract
