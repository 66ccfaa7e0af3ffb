// The change feed in SQL.
//
// Positions are AUTOINCREMENT keys: they follow the order of the commits without gaps, and none is used twice, since
// sqlite_sequence keeps the last one. So all rows after a position are on file if the oldest row is not beyond the next
// position.
#include "store/sqlite/changes_table.h"

#include "store/sqlite/sqlite_rows.h"

namespace glitch_protocol::inline v1::store {
namespace {

constexpr char selectLast[] = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0)";
constexpr char selectOldest[] = "SELECT min(position) FROM changes";
constexpr char selectAfter[] =
    "SELECT position, kind, id, at, origin FROM changes WHERE position > ? ORDER BY position LIMIT ?";
constexpr char insertRow[] = "INSERT INTO changes (kind, id, at, origin) VALUES (?, ?, ?, ?)";
// Only from the beginning of the feed, so that no gap appears in the middle.
constexpr char purgeRows[] =
    "DELETE FROM changes WHERE position IN (SELECT position FROM changes WHERE position <"
    " coalesce((SELECT min(position) FROM changes WHERE at >= ?), 9223372036854775807) ORDER BY position "
    "LIMIT ?)";

constexpr char sessionKind[] = "session";
constexpr char userKind[] = "user";

Change changeAt(const Query& row) {
  Change change;
  change.position = static_cast<std::uint64_t>(row.number(0));
  change.kind = row.text(1) == sessionKind ? ChangeKind::session : ChangeKind::user;
  change.id = row.text(2);
  change.at = row.time(3);
  change.origin = static_cast<std::uint64_t>(row.number(4));
  return change;
}

}  // namespace

ChangePage ChangesTable::listAfter(std::uint64_t position, std::size_t limit) {
  ChangePage page;
  Query last = connection_.query(selectLast);
  page.last = countOf(last);
  Query oldest = connection_.query(selectOldest);
  const bool empty = !oldest.step() || oldest.isNull(0);
  const std::uint64_t horizon = empty ? page.last : static_cast<std::uint64_t>(oldest.number(0)) - 1;
  page.complete = position >= horizon && position <= page.last;
  if (page.complete)
    page.changes =
        all(connection_.query(selectAfter).bind(static_cast<std::int64_t>(position)).bind(sqlLimit(limit)),
            changeAt);
  return page;
}

void ChangesTable::insert(const Change& change) {
  connection_.query(insertRow)
      .bind(std::string_view(change.kind == ChangeKind::session ? sessionKind : userKind))
      .bind(std::string_view(change.id))
      .bind(change.at)
      .bind(static_cast<std::int64_t>(change.origin))
      .run();
}

std::size_t ChangesTable::purge(TimePoint before, std::size_t limit) {
  return connection_.query(purgeRows).bind(before).bind(sqlLimit(limit)).run();
}

}  // namespace glitch_protocol::inline v1::store
