#include "store/sqlite/sqlite_reader.h"

#include "store/sqlite/sqlite_rows.h"

namespace glitch_protocol::store {
namespace {

constexpr char selectUser[] = "SELECT " GLITCH_USER_COLUMNS " FROM users WHERE id = ?";
constexpr char selectUserByEmail[] = "SELECT " GLITCH_USER_COLUMNS " FROM users WHERE email = ?";
constexpr char selectUsers[] =
    "SELECT " GLITCH_USER_COLUMNS " FROM users WHERE email > ? ORDER BY email LIMIT ?";
constexpr char selectSession[] = "SELECT " GLITCH_SESSION_COLUMNS " FROM sessions WHERE id = ?";
constexpr char selectLiveSessions[] =
    "SELECT " GLITCH_SESSION_COLUMNS
    " FROM sessions WHERE user_id = ? AND ended_at IS NULL AND expires_at > ?"
    " ORDER BY last_activity DESC, created_at DESC, id LIMIT ?";
constexpr char selectLiveSessionsAfter[] =
    "SELECT " GLITCH_SESSION_COLUMNS
    " FROM sessions WHERE user_id = ? AND ended_at IS NULL AND expires_at > ?"
    " AND last_activity <= ? AND (last_activity < ? OR created_at < ? OR (created_at = ? AND id > ?))"
    " ORDER BY last_activity DESC, created_at DESC, id LIMIT ?";
constexpr char selectOldestLiveSessions[] =
    "SELECT " GLITCH_SESSION_COLUMNS
    " FROM sessions WHERE user_id = ? AND ended_at IS NULL AND expires_at > ?"
    " ORDER BY created_at, id LIMIT ?";
// Rows are large and index entries small, so all that have not ended are counted in an index, and the few that
// have expired since the last cleanup are subtracted ("+" keeps the index by user out of that).
constexpr char countLiveOfUser[] =
    "SELECT (SELECT count(*) FROM sessions WHERE user_id = ? AND ended_at IS NULL)"
    " - (SELECT count(*) FROM sessions WHERE +user_id = ? AND ended_at IS NULL AND expires_at <= ?)";
constexpr char countLive[] = "SELECT count(*) FROM sessions WHERE ended_at IS NULL AND expires_at > ?";
constexpr char selectSessions[] =
    "SELECT " GLITCH_SESSION_COLUMNS " FROM sessions WHERE user_id = ? ORDER BY created_at, id";
constexpr char selectSite[] = "SELECT 1 FROM sessions WHERE user_id = ? AND site = ? LIMIT 1";
constexpr char selectLineage[] = "SELECT " GLITCH_LINEAGE_COLUMNS " FROM lineages WHERE id = ?";
constexpr char selectAuditEvents[] =
    "SELECT " GLITCH_AUDIT_COLUMNS " FROM audit_log WHERE user_id = ? ORDER BY time DESC, id DESC LIMIT ?";
constexpr char selectLatestAuditEvents[] =
    "SELECT " GLITCH_AUDIT_COLUMNS " FROM audit_log ORDER BY time DESC, id DESC LIMIT ?";

template <class Value>
std::optional<Value> first(Query& rows, Value (*rowToValue)(const Query&)) {
  return rows.step() ? std::optional(rowToValue(rows)) : std::nullopt;
}

std::uint64_t countOf(Query& rows) {
  return rows.step() ? static_cast<std::uint64_t>(rows.number(0)) : 0;
}

}  // namespace

template <class Port>
std::optional<User> SqliteReaderOf<Port>::findUser(const UserId& id) {
  return first(connection_.query(selectUser).bind(id), userAt);
}

template <class Port>
std::optional<User> SqliteReaderOf<Port>::findUserByEmail(std::string_view email) {
  return first(connection_.query(selectUserByEmail).bind(email), userAt);
}

template <class Port>
std::vector<User> SqliteReaderOf<Port>::listUsers(std::string_view afterEmail, std::size_t limit) {
  return all(connection_.query(selectUsers).bind(afterEmail).bind(sqlLimit(limit)), userAt);
}

template <class Port>
std::optional<Session> SqliteReaderOf<Port>::findSession(const SessionId& id) {
  return first(connection_.query(selectSession).bind(id), sessionAt);
}

template <class Port>
std::vector<Session> SqliteReaderOf<Port>::listLiveSessions(const UserId& user, TimePoint now,
                                                            const std::optional<SessionCursor>& after,
                                                            std::size_t limit) {
  if (!after) {
    return all(connection_.query(selectLiveSessions).bind(user).bind(now).bind(sqlLimit(limit)), sessionAt);
  }
  return all(connection_.query(selectLiveSessionsAfter)
                 .bind(user)
                 .bind(now)
                 .bind(after->lastActivity)
                 .bind(after->lastActivity)
                 .bind(after->createdAt)
                 .bind(after->createdAt)
                 .bind(after->id)
                 .bind(sqlLimit(limit)),
             sessionAt);
}

template <class Port>
std::vector<Session> SqliteReaderOf<Port>::listOldestLiveSessions(const UserId& user, TimePoint now,
                                                                  std::size_t limit) {
  return all(connection_.query(selectOldestLiveSessions).bind(user).bind(now).bind(sqlLimit(limit)),
             sessionAt);
}

template <class Port>
std::uint64_t SqliteReaderOf<Port>::countLiveSessions(const UserId& user, TimePoint now) {
  return countOf(connection_.query(countLiveOfUser).bind(user).bind(user).bind(now));
}

template <class Port>
std::vector<Session> SqliteReaderOf<Port>::listSessions(const UserId& user) {
  return all(connection_.query(selectSessions).bind(user), sessionAt);
}

template <class Port>
bool SqliteReaderOf<Port>::hasSessionFrom(const UserId& user, std::string_view site) {
  return connection_.query(selectSite).bind(user).bind(site).step();
}

template <class Port>
std::uint64_t SqliteReaderOf<Port>::countLiveSessions(TimePoint now) {
  return countOf(connection_.query(countLive).bind(now));
}

template <class Port>
std::optional<Lineage> SqliteReaderOf<Port>::findLineage(const LineageId& id) {
  return first(connection_.query(selectLineage).bind(id), lineageAt);
}

template <class Port>
std::vector<AuditEvent> SqliteReaderOf<Port>::listAuditEvents(const UserId& user, std::size_t limit) {
  return all(connection_.query(selectAuditEvents).bind(user).bind(sqlLimit(limit)), auditEventAt);
}

template <class Port>
std::vector<AuditEvent> SqliteReaderOf<Port>::listLatestAuditEvents(std::size_t limit) {
  return all(connection_.query(selectLatestAuditEvents).bind(sqlLimit(limit)), auditEventAt);
}

template class SqliteReaderOf<Reader>;
template class SqliteReaderOf<Writer>;

}  // namespace glitch_protocol::store
