// The tables of MemoryDatabase, and what the parts of its port share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/database_adapter.h"
#include "engine/types.h"
#include "tests/support/undo_log.h"

namespace glitch_protocol {

/// The rows and their indexes. A pair in a map `...Of...` means that the second belongs to the first.
struct MemoryTables {
  std::map<UserId, User> users;
  std::map<std::string, UserId, std::less<>> userByEmail;
  std::map<SessionId, Session> sessions;
  std::map<std::pair<UserId, SessionId>, std::monostate> sessionsOfUser;
  std::map<LineageId, Lineage> lineages;
  std::map<std::pair<SessionId, LineageId>, std::monostate> lineagesOfSession;
  std::map<std::uint64_t, AuditEvent> auditEvents;  ///< by order of insertion
  std::uint64_t nextAuditEvent = 1;
  std::map<std::uint64_t, Change> changes;  ///< by position
  std::uint64_t lastChange = 0;             ///< the last position that was used
  std::uint64_t purgedUpTo = 0;             ///< positions up to this one may have been purged
};

/// The row with this key, if there is one.
template <class Map>
std::optional<typename Map::mapped_type> lookUp(const Map& rows, const typename Map::key_type& key) {
  const auto found = rows.find(key);
  return found == rows.end() ? std::nullopt : std::optional(found->second);
}

/// The keys of the first `limit` rows for which `condition` holds.
template <class Map, class Condition>
std::vector<typename Map::key_type> keysWhere(const Map& rows, std::size_t limit,
                                              const Condition& condition) {
  std::vector<typename Map::key_type> keys;
  for (const auto& [key, row] : rows)
    if (keys.size() < limit && condition(row)) keys.push_back(key);
  return keys;
}

/// What belongs to `owner` in a map `...Of...`.
template <class Owner, class Owned>
std::vector<Owned> ownedBy(const std::map<std::pair<Owner, Owned>, std::monostate>& pairs,
                           const Owner& owner) {
  std::vector<Owned> owned;
  for (auto at = pairs.lower_bound({owner, Owned{}}); at != pairs.end() && at->first.first == owner; ++at)
    owned.push_back(at->first.second);
  return owned;
}

/// Removes all but the first `limit` rows.
template <class Row>
void cut(std::vector<Row>& rows, std::size_t limit) {
  if (rows.size() > limit) rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(limit), rows.end());
}

inline void eraseLineage(MemoryTables& tables, UndoLog& undo, const LineageId& id) {
  undo.erase(tables.lineagesOfSession, {tables.lineages.at(id).sessionId, id});
  undo.erase(tables.lineages, id);
}

/// With its lineages.
inline void eraseSession(MemoryTables& tables, UndoLog& undo, const SessionId& id) {
  for (const LineageId& lineage : ownedBy(tables.lineagesOfSession, id)) eraseLineage(tables, undo, lineage);
  undo.erase(tables.sessionsOfUser, {tables.sessions.at(id).userId, id});
  undo.erase(tables.sessions, id);
}

}  // namespace glitch_protocol
