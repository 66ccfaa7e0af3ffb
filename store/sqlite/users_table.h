// The users table in SQL.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/database_adapter.h"
#include "store/sqlite/sqlite_connection.h"

namespace glitch_protocol::inline v1::store {

/// UsersReader and UsersWriter on a connection with an open transaction; the connection must outlive this object. On a
/// read-only connection only the reader's functions may be called. *One thread at a time.*
class UsersTable : public UsersWriter {
 public:
  explicit UsersTable(SqliteConnection& connection) : connection_(connection) {}

  std::optional<User> find(const UserId& id) override;
  std::optional<User> findByEmail(std::string_view email) override;
  std::vector<User> list(std::string_view afterEmail, std::size_t limit) override;
  bool insert(const User& user) override;
  bool update(const User& user) override;
  bool remove(const UserId& id) override;

 private:
  SqliteConnection& connection_;
};

}  // namespace glitch_protocol::inline v1::store
