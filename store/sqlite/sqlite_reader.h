// The reading primitives as SQL.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/database_adapter.h"
#include "store/sqlite/sqlite_connection.h"

namespace glitch_protocol::store {

/// Implements the Reader part of `Port`, which is Reader or Writer, on a connection with an open transaction.
/// The connection must outlive it. *One thread at a time.*
template <class Port>
class SqliteReaderOf : public Port {
 public:
  explicit SqliteReaderOf(SqliteConnection& connection) : connection_(connection) {}

  std::optional<User> findUser(const UserId& id) override;
  std::optional<User> findUserByEmail(std::string_view email) override;
  std::vector<User> listUsers(std::string_view afterEmail, std::size_t limit) override;
  std::optional<Session> findSession(const SessionId& id) override;
  std::vector<Session> listLiveSessions(const UserId& user, TimePoint now,
                                        const std::optional<SessionCursor>& after,
                                        std::size_t limit) override;
  std::vector<Session> listOldestLiveSessions(const UserId& user, TimePoint now, std::size_t limit) override;
  std::uint64_t countLiveSessions(const UserId& user, TimePoint now) override;
  std::vector<Session> listSessions(const UserId& user) override;
  bool hasSessionFrom(const UserId& user, std::string_view site) override;
  std::uint64_t countLiveSessions(TimePoint now) override;
  std::optional<Lineage> findLineage(const LineageId& id) override;
  std::vector<AuditEvent> listAuditEvents(const UserId& user, std::size_t limit) override;
  std::vector<AuditEvent> listLatestAuditEvents(std::size_t limit) override;

 protected:
  SqliteConnection& connection_;
};

extern template class SqliteReaderOf<Reader>;
extern template class SqliteReaderOf<Writer>;

using SqliteReader = SqliteReaderOf<Reader>;

}  // namespace glitch_protocol::store
