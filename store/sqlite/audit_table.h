// The account history in SQL.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/database_adapter.h"
#include "store/sqlite/sqlite_connection.h"

namespace glitch_protocol::inline v1::store {

/// AuditReader and AuditWriter on a connection with an open transaction; the connection must outlive this object. On a
/// read-only connection only the reader's functions may be called. *One thread at a time.*
class AuditTable : public AuditWriter {
 public:
  explicit AuditTable(SqliteConnection& connection) : connection_(connection) {}

  std::vector<AuditEvent> list(const UserId& user, std::size_t limit) override;
  std::vector<AuditEvent> listLatest(std::size_t limit) override;
  void insert(const AuditEvent& event) override;
  std::size_t purge(TimePoint before, std::size_t limit) override;

 private:
  SqliteConnection& connection_;
};

}  // namespace glitch_protocol::inline v1::store
