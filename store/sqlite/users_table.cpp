// The users table in SQL.
#include "store/sqlite/users_table.h"

#include "store/sqlite/sqlite_rows.h"

namespace glitch_protocol::inline v1::store {
namespace {

constexpr char selectUser[] = "SELECT " GLITCH_USER_COLUMNS " FROM users WHERE id = ?";
constexpr char selectUserByEmail[] = "SELECT " GLITCH_USER_COLUMNS " FROM users WHERE email = ?";
constexpr char selectUsers[] =
    "SELECT " GLITCH_USER_COLUMNS " FROM users WHERE email > ? ORDER BY email LIMIT ?";
// An id or e-mail that is already in use is a normal result; every other constraint violation is an error.
constexpr char insertUserRow[] =
    "INSERT INTO users (" GLITCH_USER_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
constexpr char updateUserRow[] =
    "UPDATE OR IGNORE users SET email = ?, name = ?, password_hash = ?, disabled_at = ?, "
    "password_changed_at = ? WHERE id = ?";
constexpr char deleteUserRow[] = "DELETE FROM users WHERE id = ?";
// The lineages are deleted with them (ON DELETE CASCADE).
constexpr char deleteSessionRows[] = "DELETE FROM sessions WHERE user_id = ?";

}  // namespace

std::optional<User> UsersTable::find(const UserId& id) {
  return first(connection_.query(selectUser).bind(id), userAt);
}

std::optional<User> UsersTable::findByEmail(std::string_view email) {
  return first(connection_.query(selectUserByEmail).bind(email), userAt);
}

std::vector<User> UsersTable::list(std::string_view afterEmail, std::size_t limit) {
  return all(connection_.query(selectUsers).bind(afterEmail).bind(sqlLimit(limit)), userAt);
}

bool UsersTable::insert(const User& user) {
  return connection_.query(insertUserRow)
             .bind(user.id)
             .bind(user.email)
             .bind(user.name)
             .bind(user.passwordHash)
             .bind(user.createdAt)
             .bind(user.disabledAt)
             .bind(user.passwordChangedAt)
             .run() == 1;
}

bool UsersTable::update(const User& user) {
  return connection_.query(updateUserRow)
             .bind(user.email)
             .bind(user.name)
             .bind(user.passwordHash)
             .bind(user.disabledAt)
             .bind(user.passwordChangedAt)
             .bind(user.id)
             .run() == 1;
}

bool UsersTable::remove(const UserId& id) {
  if (connection_.query(deleteUserRow).bind(id).run() == 0) return false;
  connection_.query(deleteSessionRows).bind(id).run();
  return true;
}

}  // namespace glitch_protocol::inline v1::store
