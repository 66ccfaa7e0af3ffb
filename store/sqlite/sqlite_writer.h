// The writing primitives as SQL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "store/sqlite/sqlite_reader.h"

namespace glitch_protocol::store {

/// The Writer port on a connection with an open write transaction. The connection must outlive it.
/// *One thread at a time.*
class SqliteWriter : public SqliteReaderOf<Writer> {
 public:
  using SqliteReaderOf<Writer>::SqliteReaderOf;

  bool insertUser(const User& user) override;
  bool updateUser(const User& user) override;
  bool deleteUser(const UserId& id) override;
  void insertSession(const Session& session) override;
  bool endSession(const SessionId& id, TimePoint endedAt, std::string_view reason) override;
  bool touchSession(const SessionId& id, TimePoint at) override;
  bool extendSession(const SessionId& id, TimePoint expiresAt) override;
  bool setSessionSocketId(const SessionId& id, const std::optional<SocketId>& socketId) override;
  bool setTokensFrom(const SessionId& id, TimePoint from) override;
  void insertLineage(const Lineage& lineage) override;
  bool advanceLineage(const LineageId& id, std::uint64_t fromCounter, TimePoint rotatedAt,
                      TimePoint expiresAt) override;
  std::size_t deleteLineages(const SessionId& session) override;
  void insertAuditEvent(const AuditEvent& event) override;
  std::vector<Session> listExpiredSessions(TimePoint now, std::size_t limit) override;
  std::size_t purgeEndedSessions(TimePoint endedBefore, std::size_t limit) override;
  std::size_t purgeExpiredLineages(TimePoint expiredBefore, std::size_t limit) override;
  std::size_t purgeAuditEvents(TimePoint before, std::size_t limit) override;
};

}  // namespace glitch_protocol::store
