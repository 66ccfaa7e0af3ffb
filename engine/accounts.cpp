// Accounts: each call validates and hashes outside the database, then makes its change in one transaction.
#include "engine/accounts.h"

#include <stdexcept>
#include <string>

#include "engine/audit_events.h"
#include "engine/core/core.h"
#include "engine/end_reasons.h"
#include "engine/passwords/bcrypt.h"
#include "engine/passwords/password_rules.h"
#include "engine/text/ascii.h"
#include "engine/text/email.h"

namespace glitch_protocol::inline v1 {

namespace {

constexpr std::size_t maxNameBytes = 200;
constexpr std::size_t activityEvents = 50;
// How many times a sign-in is tried when the stored hash changes during the check.
constexpr int maxAttempts = 3;

const ClientInfo unknownClient;

std::optional<FieldError> checkName(const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  if (name->size() > maxNameBytes) return FieldError{"name", "TOO_LONG", "Use at most 200 bytes."};
  if (hasControl(*name)) {
    return FieldError{"name", "NOT_ALLOWED", "Leave out control characters such as line breaks."};
  }
  return std::nullopt;
}

ValidationError wrongPassword() {
  return ValidationError({{"currentPassword", "WRONG_PASSWORD", "This is not your current password."}},
                         RefusalReason::wrongPassword);
}

// bcryptjs cut longer passwords, so the hash of such a user may come from there; the operator should learn of it.
AccountError tooLongForBcrypt(const UserId& user) {
  const AccountError usual = createInvalidCredentialsError(RefusalReason::wrongPassword, user);
  return {usual.code(), usual.what(), "wrong password, of more than 72 bytes", user, {}, usual.reason()};
}

ValidationError samePassword() {
  return ValidationError(
      {{"newPassword", "SAME_PASSWORD", "This is your current password. Choose another one."}},
      RefusalReason::samePassword);
}

AccountError emailTaken() {
  return {
      code::emailTaken,         "There is an account with this e-mail already. Sign in instead.", {}, {}, {},
      RefusalReason::emailTaken};
}

User found(std::optional<User>&& user) {
  if (!user) throw createUserNotFoundError();
  return std::move(*user);
}

}  // namespace

Accounts::Accounts(Engine& engine, const AccountsConfig& config)
    : core_(engine.core()), passwordRules_(config.passwordRules), registration_(config.registration) {
  const std::size_t length = passwordRules_.minLength;
  if (length < bounds::minLength.least || length > bounds::minLength.most)
    throw std::invalid_argument("passwordRules.minLength must be between " +
                                std::to_string(bounds::minLength.least) + " and " +
                                std::to_string(bounds::minLength.most));
}

// Everything that needs no transaction: validation and hashing.
User Accounts::makeUser(const NewUser& wanted) {
  std::vector<FieldError> faults;
  const auto email = normalizeEmail(wanted.email);
  if (!email) {
    faults.push_back({"email", "NOT_AN_EMAIL", "Enter an e-mail address such as name@example.org."});
  }
  const auto weak = checkNewPassword("password", wanted.password, email.value_or(""), passwordRules_);
  if (weak) faults.push_back(*weak);
  if (const auto fault = checkName(wanted.name)) faults.push_back(*fault);
  if (!faults.empty()) throw ValidationError(std::move(faults));

  User user;
  user.id = UserId{randomId(core_.random)};
  user.email = *email;
  if (wanted.name && !wanted.name->empty()) user.name = wanted.name;
  user.passwordHash = core_.hasher.hash(wanted.password);
  user.createdAt = core_.clock.now();
  return user;
}

SignIn Accounts::registerUser(const NewUser& wanted, const ClientInfo& client) {
  if (registration_ == Registration::closed) {
    throw AccountError(code::registrationClosed, "Registration is closed. Ask the operator for an account.");
  }
  const User user = makeUser(wanted);
  OpenedSession opened;
  core_.database.write([&](Writer& writer) {
    if (!writer.users().insert(user)) throw emailTaken();
    opened = core_.sessions.open(writer, user.id, client);
    core_.sessions.note(writer, {audit::registered}, user.id, opened.session.id, client);
  });
  core_.sessions.announceOpened(opened);
  return {user, toInfo(opened.session), core_.sign(opened.session, opened.lineage, opened.session.createdAt)};
}

// The password is checked outside the transaction, so the transaction compares the stored hash with the one that was
// checked: a sign-in with the old password cannot succeed after a password change, and a recomputed hash never replaces
// a newer one.
SignIn Accounts::login(std::string_view email, std::string_view password, const ClientInfo& client) {
  const auto normalized = normalizeEmail(email);
  for (int attempt = 0; attempt < maxAttempts; ++attempt) {
    std::optional<User> user;
    core_.database.read([&](Reader& reader) { user = reader.users().findByEmail(normalized.value_or("")); });
    const auto storedHash = user ? std::optional{user->passwordHash} : std::nullopt;
    const bool matches = core_.hasher.compareInConstantWork(password, storedHash);
    if (!user || !matches || user->disabledAt) refuseLogin(user, password, matches, client);

    const std::string verifiedHash = user->passwordHash;
    if (core_.hasher.isOutdated(verifiedHash)) user->passwordHash = core_.hasher.hash(password);
    OpenedSession opened;
    bool changedMeanwhile = false;
    core_.database.write([&](Writer& writer) {
      const auto current = writer.users().find(user->id);
      opened = {};
      changedMeanwhile = !current || current->disabledAt || current->passwordHash != verifiedHash;
      if (changedMeanwhile) return;
      if (user->passwordHash != verifiedHash) writer.users().update(*user);
      opened = core_.sessions.open(writer, user->id, client);
      core_.sessions.note(writer, {audit::loginSucceeded}, user->id, opened.session.id, client);
    });
    if (changedMeanwhile) continue;
    core_.sessions.announceOpened(opened);
    return {*user, toInfo(opened.session),
            core_.sign(opened.session, opened.lineage, opened.session.createdAt)};
  }
  throw BusyError("the account is being changed at this moment");
}

void Accounts::refuseLogin(const std::optional<User>& user, std::string_view password, bool matches,
                           const ClientInfo& client) {
  AuditEvent event;
  event.time = core_.clock.now();
  event.event = audit::loginFailed;
  if (user) event.userId = user->id;
  event.client = client;
  core_.record(std::move(event));
  if (!user) throw createInvalidCredentialsError(RefusalReason::unknownUser);
  if (password.size() > maxBcryptPasswordBytes) throw tooLongForBcrypt(user->id);
  throw createInvalidCredentialsError(matches ? RefusalReason::userDisabled : RefusalReason::wrongPassword,
                                      user->id);
}

TokenPair Accounts::changePassword(const UserId& id, const SessionId& current,
                                   std::string_view currentPassword, std::string_view newPassword,
                                   const ClientInfo& client) {
  const User user = getUser(id);
  const auto weak = checkNewPassword("newPassword", newPassword, user.email, passwordRules_);
  if (weak) throw ValidationError({*weak});
  if (!core_.hasher.compareInConstantWork(currentPassword, user.passwordHash)) {
    core_.record({core_.clock.now(), std::string{audit::passwordCheckFailed}, id, current, client});
    throw wrongPassword();
  }
  if (newPassword == currentPassword) throw samePassword();
  const std::string newHash = core_.hasher.hash(newPassword);

  EndedSessions ended;
  RenewedSession renewed;
  core_.database.write([&](Writer& writer) {
    auto stored = found(writer.users().find(id));
    // The password has changed since it was checked.
    if (stored.passwordHash != user.passwordHash) throw wrongPassword();
    const auto session = writer.sessions().find(current);
    if (!session || session->endedAt)
      throw createSessionTerminatedError("ended while the password was checked");
    core_.sessions.noteChange(writer, ChangeKind::user, id.str());
    stored.passwordHash = newHash;
    stored.passwordChangedAt = core_.clock.now();
    writer.users().update(stored);
    core_.sessions.note(writer, {audit::passwordChanged}, id, current, client);
    ended = core_.sessions.endAll(writer, id, current, end_reason::passwordChanged, Actor::user);
    renewed = core_.sessions.renewTokens(writer, *session);
  });
  core_.sessions.forgetRenewed(renewed);
  core_.sessions.announceEnded(std::move(ended));
  return core_.sign(renewed.session, renewed.lineage, renewed.lineage.createdAt);
}

// ---- For operators -----------------------------------------------------------------------------------------

User Accounts::addUser(const NewUser& wanted) {
  User user = makeUser(wanted);
  core_.database.write([&](Writer& writer) {
    if (!writer.users().insert(user)) throw emailTaken();
    core_.sessions.note(writer, {audit::userAdded, Actor::operatorCommand}, user.id, SessionId{},
                        unknownClient);
  });
  return user;
}

// Makes an operator's change to a user and, if `reason` is not empty, ends all sessions of the user.
void Accounts::changeUser(const UserId& id, std::string_view event, std::string_view reason,
                          const std::function<void(Writer&, User&)>& change) {
  EndedSessions ended;
  core_.database.write([&](Writer& writer) {
    ended = {};
    User user = found(writer.users().find(id));
    if (!reason.empty()) ended = core_.sessions.endAll(writer, id, SessionId{}, reason, Actor::server);
    core_.sessions.note(writer, {event, Actor::operatorCommand}, id, SessionId{}, unknownClient);
    core_.sessions.noteChange(writer, ChangeKind::user, id.str());
    change(writer, user);
  });
  core_.sessionCache.forgetUser(id);
  core_.sessions.announceEnded(std::move(ended));
}

void Accounts::setPassword(const UserId& id, std::string_view newPassword) {
  const User user = getUser(id);
  const auto weak = checkNewPassword("password", newPassword, user.email, passwordRules_);
  if (weak) throw ValidationError({*weak});
  const std::string hash = core_.hasher.hash(newPassword);
  changeUser(id, audit::passwordChanged, end_reason::passwordChanged, [&](Writer& writer, User& stored) {
    stored.passwordHash = hash;
    stored.passwordChangedAt = core_.clock.now();
    writer.users().update(stored);
  });
}

void Accounts::disableUser(const UserId& id) {
  changeUser(id, audit::userDisabled, end_reason::userDisabled, [&](Writer& writer, User& user) {
    if (!user.disabledAt) user.disabledAt = core_.clock.now();
    writer.users().update(user);
  });
}

void Accounts::enableUser(const UserId& id) {
  changeUser(id, audit::userEnabled, "", [](Writer& writer, User& user) {
    user.disabledAt.reset();
    writer.users().update(user);
  });
}

void Accounts::deleteUser(const UserId& id) {
  changeUser(id, audit::userDeleted, end_reason::userDeleted,
             [](Writer& writer, User& user) { writer.users().remove(user.id); });
}

User Accounts::getUser(const UserId& id) {
  std::optional<User> user;
  core_.database.read([&](Reader& reader) { user = reader.users().find(id); });
  return found(std::move(user));
}

User Accounts::getUserByEmail(std::string_view email) {
  const auto normalized = normalizeEmail(email);
  std::optional<User> user;
  if (normalized) {
    core_.database.read([&](Reader& reader) { user = reader.users().findByEmail(*normalized); });
  }
  return found(std::move(user));
}

std::vector<User> Accounts::listUsers(std::string_view afterEmail, std::size_t limit) {
  std::vector<User> users;
  core_.database.read([&](Reader& reader) { users = reader.users().list(afterEmail, limit); });
  return users;
}

std::vector<AuditEvent> Accounts::activity(const UserId& id) {
  core_.recorder.flush();
  std::vector<AuditEvent> events;
  core_.database.read([&](Reader& reader) { events = reader.audit().list(id, activityEvents); });
  return events;
}

}  // namespace glitch_protocol::inline v1
