// User accounts: registration, sign-in with a password, password changes, disabling, deletion. Accounts uses the
// ports of an Engine and the users table, and keeps the engine's promises: a call that changes an account and
// ends sessions does both in one transaction.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

enum class Registration { open, closed };

struct AccountsConfig {
  Registration registration = Registration::open;
  PasswordRules passwordRules{};
};

/// The input for a new account. An empty or absent `name` means none.
struct NewUser {
  std::string email;
  std::string password;
  std::optional<std::string> name{};
};

/// A user who has just signed in.
struct SignIn {
  User user;
  SessionInfo session;
  TokenPair tokens;
};

/// *Thread-safe.* Every call may throw StoreError, and calls that take a password also BusyError. In both cases nothing
/// was decided and nothing changed.
class Accounts {
 public:
  /// `engine` is borrowed and must outlive this object. std::invalid_argument when the rules are out of range.
  Accounts(Engine& engine, const AccountsConfig&);

  /// Creates the account and signs it in, in one transaction. AccountError REGISTRATION_CLOSED or EMAIL_TAKEN;
  /// ValidationError with every refused field (email, password, name).
  SignIn registerUser(const NewUser&, const ClientInfo&);

  /// AccountError INVALID_CREDENTIALS for an unknown e-mail, a wrong password and a disabled account, with the same
  /// message after the same amount of work. A correct password whose stored hash has a lower cost than configured is
  /// hashed anew.
  SignIn login(std::string_view email, std::string_view password, const ClientInfo&);

  /// Replaces the password, ends all other sessions of the user, and returns new tokens for `current`, whose earlier
  /// tokens become invalid. ValidationError for a refused new password (field newPassword; SAME_PASSWORD only after a
  /// correct current password) or a wrong current one (field currentPassword, code WRONG_PASSWORD); SessionError
  /// SESSION_TERMINATED when `current` has ended meanwhile.
  TokenPair changePassword(const UserId&, const SessionId& current, std::string_view currentPassword,
                           std::string_view newPassword, const ClientInfo&);

  /// Whether registerUser() is allowed from now on.
  void setRegistration(Registration registration) { registration_ = registration; }

  // ---- For operators ---------------------------------------------------------------------------------------

  /// As registerUser(), but without a session, and also while registration is closed.
  User addUser(const NewUser&);
  /// Replaces the password without asking for the old one, and ends all sessions of the user.
  void setPassword(const UserId&, std::string_view newPassword);
  /// Refuses sign-ins from now on, and ends all sessions of the user. If the user is already disabled,
  /// `disabledAt` does not change.
  void disableUser(const UserId&);
  void enableUser(const UserId&);
  /// Removes the user and all their sessions.
  void deleteUser(const UserId&);

  /// AccountError USER_NOT_FOUND if there is no such user; the calls above throw it as well.
  User getUser(const UserId&);
  User getUserByEmail(std::string_view email);
  /// At most `limit` users after `afterEmail`, in order of e-mail.
  std::vector<User> listUsers(std::string_view afterEmail, std::size_t limit);
  /// The user's last 50 events, newest first.
  std::vector<AuditEvent> activity(const UserId&);

 private:
  User makeUser(const NewUser&);
  [[noreturn]] void refuseLogin(const std::optional<User>&, std::string_view password, bool matches,
                                const ClientInfo&);
  void changeUser(const UserId&, std::string_view event, std::string_view reason,
                  const std::function<void(Writer&, User&)>& change);

  // constant after construction
  Core& core_;
  const PasswordRules passwordRules_;
  // locks itself
  std::atomic<Registration> registration_;
};

}  // namespace v1
}  // namespace glitch_protocol
