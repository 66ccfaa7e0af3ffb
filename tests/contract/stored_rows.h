// Ids and lookups that the parts of the database contract share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/database_adapter.h"
#include "tests/contract/contract.h"
#include "tests/contract/sample_rows.h"

namespace glitch_protocol::contract {

/// A database with the user ada, who has a laptop and a phone with a lineage each (1 and 2).
std::unique_ptr<DatabaseAdapter> withTwoSessions(const MakeDatabase& make);

using Names = std::vector<std::string>;

// Of sample::user("ada") and of her sessions.
inline const UserId ada("user-ada");
inline const SessionId laptop("session-laptop");
inline const SessionId phone("session-phone");

template <class Row>
Names idsOf(const std::vector<Row>& rows) {
  Names ids;
  for (const Row& row : rows) ids.push_back(row.id.str());
  return ids;
}

inline std::optional<User> findUser(DatabaseAdapter& database, const UserId& id) {
  return sample::readFrom(database, [&](Reader& reader) { return reader.users().find(id); });
}

inline std::optional<Session> findSession(DatabaseAdapter& database, const SessionId& id) {
  return sample::readFrom(database, [&](Reader& reader) { return reader.sessions().find(id); });
}

/// Finds the lineage `sample::lineageId(last)`.
inline std::optional<Lineage> findLineage(DatabaseAdapter& database, std::uint8_t last) {
  return sample::readFrom(database,
                          [&](Reader& reader) { return reader.lineages().find(sample::lineageId(last)); });
}

}  // namespace glitch_protocol::contract
