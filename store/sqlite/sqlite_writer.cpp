#include "store/sqlite/sqlite_writer.h"

#include "engine/text/ip_address.h"
#include "store/sqlite/sqlite_rows.h"

namespace glitch_protocol::store {
namespace {

// Taken ids and e-mails are an answer, not an error; every other broken constraint stays one.
constexpr char insertUserRow[] =
    "INSERT INTO users (" GLITCH_USER_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
constexpr char updateUserRow[] =
    "UPDATE OR IGNORE users SET email = ?, name = ?, password_hash = ?, disabled_at = ?, "
    "password_changed_at = ? WHERE id = ?";
constexpr char deleteUserRow[] = "DELETE FROM users WHERE id = ?";

constexpr char insertSessionRow[] =
    "INSERT INTO sessions (" GLITCH_SESSION_COLUMNS ", site) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char endSessionRow[] =
    "UPDATE sessions SET ended_at = ?, end_reason = ? WHERE id = ? AND ended_at IS NULL";
constexpr char touchSessionRow[] =
    "UPDATE sessions SET last_activity = max(last_activity, ?) WHERE id = ? AND ended_at IS NULL";
constexpr char extendSessionRow[] = "UPDATE sessions SET expires_at = ? WHERE id = ? AND ended_at IS NULL";
constexpr char updateSocketId[] = "UPDATE sessions SET socket_id = ? WHERE id = ?";
constexpr char updateTokensFrom[] = "UPDATE sessions SET tokens_from = ? WHERE id = ? AND ended_at IS NULL";

constexpr char insertLineageRow[] =
    "INSERT INTO lineages (" GLITCH_LINEAGE_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)";
constexpr char advanceLineageRow[] =
    "UPDATE lineages SET counter = ?, rotated_at = ?, expires_at = ? WHERE id = ? AND counter = ?";
constexpr char deleteLineageRows[] = "DELETE FROM lineages WHERE session_id = ?";

constexpr char insertAuditRow[] =
    "INSERT INTO audit_log (" GLITCH_AUDIT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)";

constexpr char selectExpiredSessions[] =
    "SELECT " GLITCH_SESSION_COLUMNS
    " FROM sessions WHERE ended_at IS NULL AND expires_at <= ? ORDER BY expires_at, id LIMIT ?";

// DELETE ... LIMIT itself is an option of SQLite's build that not every system has.
constexpr char purgeSessionRows[] =
    "DELETE FROM sessions WHERE id IN"
    " (SELECT id FROM sessions WHERE ended_at IS NOT NULL AND ended_at < ? ORDER BY ended_at LIMIT ?)";
constexpr char purgeLineageRows[] =
    "DELETE FROM lineages WHERE id IN (SELECT id FROM lineages WHERE expires_at < ? ORDER BY expires_at "
    "LIMIT ?)";
constexpr char purgeAuditRows[] =
    "DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE time < ? ORDER BY time LIMIT ?)";

}  // namespace

bool SqliteWriter::insertUser(const User& user) {
  return connection_.query(insertUserRow)
             .bind(user.id)
             .bind(user.email)
             .bind(user.name)
             .bind(user.passwordHash)
             .bind(user.createdAt)
             .bind(user.disabledAt)
             .bind(user.passwordChangedAt)
             .run() == 1;
}

bool SqliteWriter::updateUser(const User& user) {
  return connection_.query(updateUserRow)
             .bind(user.email)
             .bind(user.name)
             .bind(user.passwordHash)
             .bind(user.disabledAt)
             .bind(user.passwordChangedAt)
             .bind(user.id)
             .run() == 1;
}

bool SqliteWriter::deleteUser(const UserId& id) {
  return connection_.query(deleteUserRow).bind(id).run() == 1;
}

void SqliteWriter::insertSession(const Session& session) {
  connection_.query(insertSessionRow)
      .bind(session.id)
      .bind(session.userId)
      .bind(session.client.ipAddress)
      .bind(session.client.userAgent)
      .bind(session.createdAt)
      .bind(session.lastActivity)
      .bind(session.expiresAt)
      .bind(session.endedAt)
      .bind(session.endReason)
      .bind(session.socketId)
      .bind(session.tokensFrom)
      .bind(siteOf(session.client.ipAddress))
      .run();
}

bool SqliteWriter::endSession(const SessionId& id, TimePoint endedAt, std::string_view reason) {
  return connection_.query(endSessionRow).bind(endedAt).bind(reason).bind(id).run() == 1;
}

bool SqliteWriter::touchSession(const SessionId& id, TimePoint at) {
  return connection_.query(touchSessionRow).bind(at).bind(id).run() == 1;
}

bool SqliteWriter::extendSession(const SessionId& id, TimePoint expiresAt) {
  return connection_.query(extendSessionRow).bind(expiresAt).bind(id).run() == 1;
}

bool SqliteWriter::setSessionSocketId(const SessionId& id, const std::optional<SocketId>& socketId) {
  return connection_.query(updateSocketId).bind(socketId).bind(id).run() == 1;
}

bool SqliteWriter::setTokensFrom(const SessionId& id, TimePoint from) {
  return connection_.query(updateTokensFrom).bind(from).bind(id).run() == 1;
}

void SqliteWriter::insertLineage(const Lineage& lineage) {
  connection_.query(insertLineageRow)
      .bind(lineage.id)
      .bind(lineage.sessionId)
      .bind(sqlCounter(lineage.counter))
      .bind(lineage.createdAt)
      .bind(lineage.rotatedAt)
      .bind(lineage.expiresAt)
      .run();
}

bool SqliteWriter::advanceLineage(const LineageId& id, std::uint64_t fromCounter, TimePoint rotatedAt,
                                  TimePoint expiresAt) {
  return connection_.query(advanceLineageRow)
             .bind(sqlCounter(fromCounter + 1))
             .bind(rotatedAt)
             .bind(expiresAt)
             .bind(id)
             .bind(sqlCounter(fromCounter))
             .run() == 1;
}

std::size_t SqliteWriter::deleteLineages(const SessionId& session) {
  return connection_.query(deleteLineageRows).bind(session).run();
}

void SqliteWriter::insertAuditEvent(const AuditEvent& event) {
  connection_.query(insertAuditRow)
      .bind(event.time)
      .bind(event.event)
      .bind(event.userId)
      .bind(event.sessionId)
      .bind(event.client.ipAddress)
      .bind(event.client.userAgent)
      .run();
}

std::vector<Session> SqliteWriter::listExpiredSessions(TimePoint now, std::size_t limit) {
  return all(connection_.query(selectExpiredSessions).bind(now).bind(sqlLimit(limit)), sessionAt);
}

std::size_t SqliteWriter::purgeEndedSessions(TimePoint endedBefore, std::size_t limit) {
  return connection_.query(purgeSessionRows).bind(endedBefore).bind(sqlLimit(limit)).run();
}

std::size_t SqliteWriter::purgeExpiredLineages(TimePoint expiredBefore, std::size_t limit) {
  return connection_.query(purgeLineageRows).bind(expiredBefore).bind(sqlLimit(limit)).run();
}

std::size_t SqliteWriter::purgeAuditEvents(TimePoint before, std::size_t limit) {
  return connection_.query(purgeAuditRows).bind(before).bind(sqlLimit(limit)).run();
}

}  // namespace glitch_protocol::store
