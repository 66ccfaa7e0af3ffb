// The account history in SQL.
#include "store/sqlite/audit_table.h"

#include "store/sqlite/sqlite_rows.h"

namespace glitch_protocol::inline v1::store {
namespace {

constexpr char selectAuditEvents[] =
    "SELECT " GLITCH_AUDIT_COLUMNS
    ", id FROM audit_log WHERE user_id = ? ORDER BY time DESC, id DESC LIMIT ?";
constexpr char selectLatestAuditEvents[] =
    "SELECT " GLITCH_AUDIT_COLUMNS ", id FROM audit_log ORDER BY time DESC, id DESC LIMIT ?";
constexpr char insertAuditRow[] =
    "INSERT INTO audit_log (" GLITCH_AUDIT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)";
constexpr char purgeAuditRows[] =
    "DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE time < ? ORDER BY time LIMIT ?)";

}  // namespace

std::vector<AuditEvent> AuditTable::list(const UserId& user, std::size_t limit) {
  return all(connection_.query(selectAuditEvents).bind(user).bind(sqlLimit(limit)), auditEventAt);
}

std::vector<AuditEvent> AuditTable::listLatest(std::size_t limit) {
  return all(connection_.query(selectLatestAuditEvents).bind(sqlLimit(limit)), auditEventAt);
}

void AuditTable::insert(const AuditEvent& event) {
  connection_.query(insertAuditRow)
      .bind(event.time)
      .bind(event.event)
      .bind(event.userId)
      .bind(event.sessionId)
      .bind(event.client.ipAddress)
      .bind(event.client.userAgent)
      .bind(textOf(event.actor))
      .run();
}

std::size_t AuditTable::purge(TimePoint before, std::size_t limit) {
  return connection_.query(purgeAuditRows).bind(before).bind(sqlLimit(limit)).run();
}

}  // namespace glitch_protocol::inline v1::store
