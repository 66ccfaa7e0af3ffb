// The change feed in SQL.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/database_adapter.h"
#include "store/sqlite/sqlite_connection.h"

namespace glitch_protocol::inline v1::store {

/// ChangesReader and ChangesWriter on a connection with an open transaction; the connection must outlive this object.
/// On a read-only connection only the reader's functions may be called. *One thread at a time.*
class ChangesTable : public ChangesWriter {
 public:
  explicit ChangesTable(SqliteConnection& connection) : connection_(connection) {}

  ChangePage listAfter(std::uint64_t position, std::size_t limit) override;
  void insert(const Change& change) override;
  std::size_t purge(TimePoint before, std::size_t limit) override;

 private:
  SqliteConnection& connection_;
};

}  // namespace glitch_protocol::inline v1::store
