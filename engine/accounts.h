// Accounts: registering, checking a password, changing it, disabling, deleting. Stands beside the Engine, on the same
// ports and on our users table alone, and shares its promises; whatever ends sessions here ends them in the same
// transaction.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine.h"

namespace glitch_protocol {

enum class Registration { open, closed };

struct AccountsConfig {
  Registration registration = Registration::open;
  PasswordRules passwordRules;
};

/// What a person types to get an account. `name` empty or absent: none.
struct NewUser {
  std::string email;
  std::string password;
  std::optional<std::string> name;
};

/// A user who has just signed in.
struct SignIn {
  User user;
  SessionInfo session;
  TokenPair tokens;
};

/// *Thread-safe.* Every call may throw StoreError; calls that take a password also BusyError. In both cases
/// nothing was decided and nothing changed.
class Accounts {
 public:
  /// `engine` is borrowed and must outlive this. std::invalid_argument when the rules are out of range.
  Accounts(Engine& engine, const AccountsConfig&);

  /// Creates the account and signs it in, in one transaction. AccountError REGISTRATION_CLOSED or
  /// EMAIL_TAKEN; ValidationError naming each refused field (email, password, name).
  SignIn registerUser(const NewUser&, const ClientInfo&);

  /// AccountError INVALID_CREDENTIALS for an unknown e-mail, a wrong password and a disabled account: the
  /// same message after the same work. A right password against a hash of a lower cost replaces that hash.
  SignIn login(std::string_view email, std::string_view password, const ClientInfo&);

  /// Replaces the password, ends all of the user's other sessions, and gives `current` new tokens: its
  /// earlier ones are dead. ValidationError for a refused new password (field newPassword; SAME_PASSWORD is
  /// said only to those who know the current one) or a wrong current one (field currentPassword, code
  /// WRONG_PASSWORD); SessionError SESSION_TERMINATED when `current` has ended meanwhile.
  TokenPair changePassword(const UserId&, const SessionId& current, std::string_view currentPassword,
                           std::string_view newPassword, const ClientInfo&);

  // ---- For operators ---------------------------------------------------------------------------------------

  /// As registerUser, without a session and whatever the registration setting.
  User addUser(const NewUser&);
  /// Replaces the password without asking for the old one, and ends all of the user's sessions.
  void setPassword(const UserId&, std::string_view newPassword);
  /// Refuses sign-ins from now on, and ends all of the user's sessions. A disabled user stays disabled.
  void disableUser(const UserId&);
  void enableUser(const UserId&);
  /// Removes the user with all their sessions.
  void deleteUser(const UserId&);

  /// AccountError USER_NOT_FOUND. The operators' calls above throw it too.
  User getUser(const UserId&);
  User getUserByEmail(std::string_view email);
  /// At most `limit` users in order of e-mail, those after `afterEmail`.
  std::vector<User> listUsers(std::string_view afterEmail, std::size_t limit);
  /// The user's last 50 events, newest first.
  std::vector<AuditEvent> activity(const UserId&);

 private:
  User makeUser(const NewUser&);
  [[noreturn]] void refuseLogin(const std::optional<User>&, bool matches, const ClientInfo&);
  void changeUser(const UserId&, std::string_view event, std::string_view reason,
                  const std::function<void(Writer&, User&)>& change);

  // constant after construction
  Core& core_;
  const AccountsConfig config_;
};

}  // namespace glitch_protocol
