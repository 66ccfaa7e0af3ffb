// The Reader and the Writer of a SQLite transaction.
#pragma once

#include "engine/database_adapter.h"
#include "store/sqlite/audit_table.h"
#include "store/sqlite/changes_table.h"
#include "store/sqlite/lineages_table.h"
#include "store/sqlite/sessions_table.h"
#include "store/sqlite/users_table.h"

namespace glitch_protocol::inline v1::store {

/// `Port`, which is Reader or Writer, on a connection with an open transaction (for Writer a write transaction). The
/// connection must outlive this object. *One thread at a time.*
template <class Port>
class SqliteTransactionOf final : public Port {
 public:
  explicit SqliteTransactionOf(SqliteConnection& connection)
      : users_(connection),
        sessions_(connection),
        lineages_(connection),
        audit_(connection),
        changes_(connection) {}

  UsersTable& users() override { return users_; }
  SessionsTable& sessions() override { return sessions_; }
  LineagesTable& lineages() override { return lineages_; }
  AuditTable& audit() override { return audit_; }
  ChangesTable& changes() override { return changes_; }

 private:
  UsersTable users_;
  SessionsTable sessions_;
  LineagesTable lineages_;
  AuditTable audit_;
  ChangesTable changes_;
};

using SqliteReader = SqliteTransactionOf<Reader>;
using SqliteWriter = SqliteTransactionOf<Writer>;

}  // namespace glitch_protocol::inline v1::store
