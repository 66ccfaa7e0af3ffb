// Converts rows to the engine's types. Rows have the columns of the lists below, in that order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/types.h"
#include "store/sqlite/sqlite_connection.h"

// Macros, because the lists become parts of string literals.
#define GLITCH_USER_COLUMNS "id, email, name, password_hash, created_at, disabled_at, password_changed_at"
#define GLITCH_SESSION_COLUMNS                                                                         \
  "id, user_id, ip_address, user_agent, created_at, last_activity, expires_at, ended_at, end_reason, " \
  "socket_id, tokens_from"
#define GLITCH_LINEAGE_COLUMNS "id, session_id, counter, created_at, rotated_at, expires_at"
#define GLITCH_AUDIT_COLUMNS "time, event, user_id, session_id, ip_address, user_agent, actor"

namespace glitch_protocol::inline v1::store {

User userAt(const Query& row);
Session sessionAt(const Query& row);
Lineage lineageAt(const Query& row);
AuditEvent auditEventAt(const Query& row);

/// The remaining rows, each converted by `rowToValue`.
template <class Value>
std::vector<Value> all(Query& rows, Value (*rowToValue)(const Query&)) {
  std::vector<Value> values;
  while (rows.step()) values.push_back(rowToValue(rows));
  return values;
}

/// The next row, converted by `rowToValue`, if there is one.
template <class Value>
std::optional<Value> first(Query& rows, Value (*rowToValue)(const Query&)) {
  return rows.step() ? std::optional(rowToValue(rows)) : std::nullopt;
}

/// The result of a SELECT count(*).
inline std::uint64_t countOf(Query& rows) {
  return rows.step() ? static_cast<std::uint64_t>(rows.number(0)) : 0;
}

/// The stored form of an actor.
std::string_view textOf(Actor actor);

/// `limit` for an SQL LIMIT, where a negative number would mean no limit: one that is too large is reduced to the max.
std::int64_t sqlLimit(std::size_t limit);

/// A counter with the same bits as SQLite's integers, which are signed.
inline std::int64_t sqlCounter(std::uint64_t counter) {
  return static_cast<std::int64_t>(counter);
}

}  // namespace glitch_protocol::inline v1::store
