// The lineages table in SQL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "engine/database_adapter.h"
#include "store/sqlite/sqlite_connection.h"

namespace glitch_protocol::inline v1::store {

/// LineagesReader and LineagesWriter on a connection with an open transaction; the connection must outlive this object.
/// On a read-only connection only the reader's functions may be called. *One thread at a time.*
class LineagesTable : public LineagesWriter {
 public:
  explicit LineagesTable(SqliteConnection& connection) : connection_(connection) {}

  std::optional<Lineage> find(const LineageId& id) override;
  void insert(const Lineage& lineage) override;
  bool advance(const LineageId& id, std::uint64_t fromCounter, TimePoint rotatedAt,
               TimePoint expiresAt) override;
  std::size_t removeOf(const SessionId& session) override;
  std::size_t purgeExpired(TimePoint expiredBefore, std::size_t limit) override;

 private:
  SqliteConnection& connection_;
};

}  // namespace glitch_protocol::inline v1::store
