// The lineages table in SQL.
#include "store/sqlite/lineages_table.h"

#include "store/sqlite/sqlite_rows.h"

namespace glitch_protocol::inline v1::store {
namespace {

constexpr char selectLineage[] = "SELECT " GLITCH_LINEAGE_COLUMNS " FROM lineages WHERE id = ?";
constexpr char insertLineageRow[] =
    "INSERT INTO lineages (" GLITCH_LINEAGE_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)";
constexpr char advanceLineageRow[] =
    "UPDATE lineages SET counter = ?, rotated_at = ?, expires_at = ? WHERE id = ? AND counter = ?";
constexpr char deleteLineageRows[] = "DELETE FROM lineages WHERE session_id = ?";
constexpr char purgeLineageRows[] =
    "DELETE FROM lineages WHERE id IN (SELECT id FROM lineages WHERE expires_at < ? ORDER BY expires_at "
    "LIMIT ?)";

}  // namespace

std::optional<Lineage> LineagesTable::find(const LineageId& id) {
  return first(connection_.query(selectLineage).bind(id), lineageAt);
}

void LineagesTable::insert(const Lineage& lineage) {
  connection_.query(insertLineageRow)
      .bind(lineage.id)
      .bind(lineage.sessionId)
      .bind(sqlCounter(lineage.counter))
      .bind(lineage.createdAt)
      .bind(lineage.rotatedAt)
      .bind(lineage.expiresAt)
      .run();
}

bool LineagesTable::advance(const LineageId& id, std::uint64_t fromCounter, TimePoint rotatedAt,
                            TimePoint expiresAt) {
  return connection_.query(advanceLineageRow)
             .bind(sqlCounter(fromCounter + 1))
             .bind(rotatedAt)
             .bind(expiresAt)
             .bind(id)
             .bind(sqlCounter(fromCounter))
             .run() == 1;
}

std::size_t LineagesTable::removeOf(const SessionId& session) {
  return connection_.query(deleteLineageRows).bind(session).run();
}

std::size_t LineagesTable::purgeExpired(TimePoint expiredBefore, std::size_t limit) {
  return connection_.query(purgeLineageRows).bind(expiredBefore).bind(sqlLimit(limit)).run();
}

}  // namespace glitch_protocol::inline v1::store
