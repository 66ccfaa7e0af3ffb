// The sessions table in SQL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/database_adapter.h"
#include "store/sqlite/sqlite_connection.h"

namespace glitch_protocol::inline v1::store {

/// SessionsReader and SessionsWriter on a connection with an open transaction; the connection must outlive this object.
/// On a read-only connection only the reader's functions may be called. *One thread at a time.*
class SessionsTable : public SessionsWriter {
 public:
  explicit SessionsTable(SqliteConnection& connection) : connection_(connection) {}

  std::optional<Session> find(const SessionId& id) override;
  std::vector<Session> listLive(const UserId& user, TimePoint now, const std::optional<SessionCursor>& after,
                                std::size_t limit) override;
  std::vector<Session> listOldestLive(const UserId& user, TimePoint now, std::size_t limit) override;
  std::vector<Session> listAll(const UserId& user, std::size_t limit) override;
  std::uint64_t countLive(const UserId& user, TimePoint now) override;
  std::uint64_t countLive(TimePoint now) override;
  bool hasFromSite(const UserId& user, std::string_view site) override;
  void insert(const Session& session) override;
  bool end(const SessionId& id, TimePoint endedAt, std::string_view reason) override;
  bool touch(const SessionId& id, TimePoint at) override;
  bool extend(const SessionId& id, TimePoint expiresAt) override;
  bool setTokensFrom(const SessionId& id, TimePoint from) override;
  bool setSocketId(const SessionId& id, const std::optional<SocketId>& socketId) override;
  std::vector<Session> listExpired(TimePoint now, std::size_t limit) override;
  std::size_t purgeEnded(TimePoint endedBefore, std::size_t limit) override;

 private:
  SqliteConnection& connection_;
};

}  // namespace glitch_protocol::inline v1::store
