// The sessions table in SQL.
#include "store/sqlite/sessions_table.h"

#include "engine/text/ip_address.h"
#include "store/sqlite/sqlite_rows.h"

namespace glitch_protocol::inline v1::store {
namespace {

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
constexpr char selectSessions[] =
    "SELECT " GLITCH_SESSION_COLUMNS " FROM sessions WHERE user_id = ? ORDER BY created_at, id LIMIT ?";
// Rows are large and index entries are small, so this counts all sessions that have not ended in an index, and
// subtracts the few that have expired since the last cleanup ("+" rules out the index by user for those).
constexpr char countLiveOfUser[] =
    "SELECT (SELECT count(*) FROM sessions WHERE user_id = ? AND ended_at IS NULL)"
    " - (SELECT count(*) FROM sessions WHERE +user_id = ? AND ended_at IS NULL AND expires_at <= ?)";
constexpr char countLiveOfAll[] = "SELECT count(*) FROM sessions WHERE ended_at IS NULL AND expires_at > ?";
constexpr char selectSite[] = "SELECT 1 FROM sessions WHERE user_id = ? AND site = ? LIMIT 1";
constexpr char insertSessionRow[] =
    "INSERT INTO sessions (" GLITCH_SESSION_COLUMNS ", site) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char endSessionRow[] =
    "UPDATE sessions SET ended_at = ?, end_reason = ? WHERE id = ? AND ended_at IS NULL";
constexpr char touchSessionRow[] =
    "UPDATE sessions SET last_activity = max(last_activity, ?) WHERE id = ? AND ended_at IS NULL";
constexpr char extendSessionRow[] = "UPDATE sessions SET expires_at = ? WHERE id = ? AND ended_at IS NULL";
constexpr char updateTokensFrom[] = "UPDATE sessions SET tokens_from = ? WHERE id = ? AND ended_at IS NULL";
constexpr char updateSocketId[] = "UPDATE sessions SET socket_id = ? WHERE id = ?";
constexpr char selectExpiredSessions[] =
    "SELECT " GLITCH_SESSION_COLUMNS
    " FROM sessions WHERE ended_at IS NULL AND expires_at <= ? ORDER BY expires_at, id LIMIT ?";
// DELETE ... LIMIT needs a compile-time option of SQLite that not every system has.
constexpr char purgeSessionRows[] =
    "DELETE FROM sessions WHERE id IN"
    " (SELECT id FROM sessions WHERE ended_at IS NOT NULL AND ended_at < ? ORDER BY ended_at LIMIT ?)";

}  // namespace

std::optional<Session> SessionsTable::find(const SessionId& id) {
  return first(connection_.query(selectSession).bind(id), sessionAt);
}

std::vector<Session> SessionsTable::listLive(const UserId& user, TimePoint now,
                                             const std::optional<SessionCursor>& after, std::size_t limit) {
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

std::vector<Session> SessionsTable::listOldestLive(const UserId& user, TimePoint now, std::size_t limit) {
  return all(connection_.query(selectOldestLiveSessions).bind(user).bind(now).bind(sqlLimit(limit)),
             sessionAt);
}

std::vector<Session> SessionsTable::listAll(const UserId& user, std::size_t limit) {
  return all(connection_.query(selectSessions).bind(user).bind(sqlLimit(limit)), sessionAt);
}

std::uint64_t SessionsTable::countLive(const UserId& user, TimePoint now) {
  return countOf(connection_.query(countLiveOfUser).bind(user).bind(user).bind(now));
}

std::uint64_t SessionsTable::countLive(TimePoint now) {
  return countOf(connection_.query(countLiveOfAll).bind(now));
}

bool SessionsTable::hasFromSite(const UserId& user, std::string_view site) {
  return connection_.query(selectSite).bind(user).bind(site).step();
}

void SessionsTable::insert(const Session& session) {
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

bool SessionsTable::end(const SessionId& id, TimePoint endedAt, std::string_view reason) {
  return connection_.query(endSessionRow).bind(endedAt).bind(reason).bind(id).run() == 1;
}

bool SessionsTable::touch(const SessionId& id, TimePoint at) {
  return connection_.query(touchSessionRow).bind(at).bind(id).run() == 1;
}

bool SessionsTable::extend(const SessionId& id, TimePoint expiresAt) {
  return connection_.query(extendSessionRow).bind(expiresAt).bind(id).run() == 1;
}

bool SessionsTable::setTokensFrom(const SessionId& id, TimePoint from) {
  return connection_.query(updateTokensFrom).bind(from).bind(id).run() == 1;
}

bool SessionsTable::setSocketId(const SessionId& id, const std::optional<SocketId>& socketId) {
  return connection_.query(updateSocketId).bind(socketId).bind(id).run() == 1;
}

std::vector<Session> SessionsTable::listExpired(TimePoint now, std::size_t limit) {
  return all(connection_.query(selectExpiredSessions).bind(now).bind(sqlLimit(limit)), sessionAt);
}

std::size_t SessionsTable::purgeEnded(TimePoint endedBefore, std::size_t limit) {
  return connection_.query(purgeSessionRows).bind(endedBefore).bind(sqlLimit(limit)).run();
}

}  // namespace glitch_protocol::inline v1::store
