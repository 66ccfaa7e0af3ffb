// How rows become the engine's values: the columns in the order that the lists below give them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/types.h"
#include "store/sqlite/sqlite_connection.h"

// Macros, since a list of columns must become part of string literals.
#define GLITCH_USER_COLUMNS "id, email, name, password_hash, created_at, disabled_at, password_changed_at"
#define GLITCH_SESSION_COLUMNS                                                                         \
  "id, user_id, ip_address, user_agent, created_at, last_activity, expires_at, ended_at, end_reason, " \
  "socket_id, tokens_from"
#define GLITCH_LINEAGE_COLUMNS "id, session_id, counter, created_at, rotated_at, expires_at"
#define GLITCH_AUDIT_COLUMNS "time, event, user_id, session_id, ip_address, user_agent, actor"

namespace glitch_protocol::store {

User userAt(const Query& row);
Session sessionAt(const Query& row);
Lineage lineageAt(const Query& row);
AuditEvent auditEventAt(const Query& row);

/// The remaining rows, each turned into a value by `rowToValue`.
template <class Value>
std::vector<Value> all(Query& rows, Value (*rowToValue)(const Query&)) {
  std::vector<Value> values;
  while (rows.step()) values.push_back(rowToValue(rows));
  return values;
}

/// The first remaining row as a value, if there is one.
template <class Value>
std::optional<Value> first(Query& rows, Value (*rowToValue)(const Query&)) {
  return rows.step() ? std::optional(rowToValue(rows)) : std::nullopt;
}

/// The one number of a SELECT count(*).
inline std::uint64_t countOf(Query& rows) {
  return rows.step() ? static_cast<std::uint64_t>(rows.number(0)) : 0;
}

/// An actor as it is stored.
std::string_view textOf(Actor actor);

/// `limit` as SQL's LIMIT takes it, where a negative number would mean "none".
std::int64_t sqlLimit(std::size_t limit);

/// A counter is stored bit for bit: SQLite's integers are signed.
inline std::int64_t sqlCounter(std::uint64_t counter) {
  return static_cast<std::int64_t>(counter);
}

}  // namespace glitch_protocol::store
