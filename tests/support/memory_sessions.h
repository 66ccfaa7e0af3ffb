// The sessions of MemoryDatabase.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/database_adapter.h"
#include "tests/support/memory_tables.h"
#include "tests/support/undo_log.h"

namespace glitch_protocol {

/// SessionsReader and SessionsWriter on the tables, which must outlive it like the undo log. *One thread at a time.*
class MemorySessions : public SessionsWriter {
 public:
  MemorySessions(MemoryTables& tables, UndoLog& undo) : tables_(tables), undo_(undo) {}

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
  std::vector<Session> liveSessionsOf(const UserId& user, TimePoint now) const;
  template <class Change>
  bool changeUnended(const SessionId& id, const Change& change);

  MemoryTables& tables_;
  UndoLog& undo_;
};

}  // namespace glitch_protocol
