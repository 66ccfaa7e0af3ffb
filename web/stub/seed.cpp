#include "web/stub/seed.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/end_reasons.h"
#include "engine/errors.h"
#include "engine/passwords/bcrypt.h"
#include "engine/passwords/password_rules.h"
#include "engine/text/email.h"
#include "engine/text/encoding.h"
#include "engine/tokens/hmac.h"

namespace glitch_protocol::web {

namespace {

constexpr std::size_t maxNameBytes = 200;
constexpr TimePoint beforeAllTime{TimePoint::duration::min()};

std::string derivedId(char letter, std::string_view text) {
  static const HmacKey key(Secret("auth-server stub ids"));
  const Mac mac = key.sign(text);
  return letter + base64urlEncode(bytesOf(mac)).substr(0, 21);
}

std::string readEmail(Fields& fields, const std::string& name) {
  const std::string written = fields.requiredText(name);
  const auto email = normalizeEmail(written);
  if (!email && fields.has(name))
    fields.reject(name, "NOT_AN_EMAIL", "Enter an e-mail address such as name@example.org.");
  return email.value_or("");
}

std::string readId(Fields& fields) {
  const auto id = fields.text("id");
  if (!id) return {};
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:@";
  if (id->empty() || id->size() > maxIdBytes || id->find_first_not_of(allowed) != std::string::npos)
    fields.reject("id", "NOT_ALLOWED", "Use 1 to 128 letters, digits and -_.:@");
  return *id;
}

/// A password to be hashed once all fields have been checked.
using Password = std::optional<std::string>;

Password readPassword(Fields& fields, SeedUser& user) {
  Password password = fields.text("password");
  const auto hash = fields.text("passwordHash");
  if (password && hash)
    fields.reject("passwordHash", "NOT_ALLOWED", "Send a password or its hash, not both.");
  if (password) {
    if (password->empty())
      fields.reject("password", "TOO_SHORT", "Leave this out for a user without a password.");
    const auto fault = checkHashable("password", *password);
    if (fault) fields.reject("password", fault->code, fault->message);
  }
  if (hash && !bcryptCost(*hash)) fields.reject("passwordHash", "NOT_ALLOWED", "This is not a bcrypt hash.");
  user.passwordHash = hash.value_or("");
  return password;
}

Password readUserFields(Fields& fields, SeedUser& user) {
  user.where = fields.path("");
  user.id = UserId{readId(fields)};
  user.name = fields.text("name");
  if (user.name && user.name->size() > maxNameBytes)
    fields.reject("name", "TOO_LONG", "Use at most 200 bytes.");
  Password password = readPassword(fields, user);
  user.createdAt = fields.time("createdAt");
  user.disabled = fields.boolean("disabled");
  fields.refuseOthers();
  return password;
}

SeedSession readSession(Fields fields) {
  SeedSession session;
  session.where = fields.path("");
  session.userEmail = readEmail(fields, "user");
  session.id = SessionId{readId(fields)};
  session.client = {fields.text("ipAddress").value_or("127.0.0.1"), fields.text("userAgent").value_or("")};
  session.createdAt = fields.time("createdAt");
  session.lastActivity = fields.time("lastActivity");
  session.expiresAt = fields.time("expiresAt");
  fields.refuseOthers();
  return session;
}

/// Calls `read` for each object of the list.
template <class Read>
void forEach(Fields& outer, const std::string& list, Read read) {
  std::size_t index = 0;
  for (const picojson::value& item : outer.array(list)) {
    const std::string where = list + "[" + std::to_string(index++) + "]";
    if (item.is<picojson::object>())
      read(outer.inside(item.get<picojson::object>(), where));
    else
      outer.reject(where, "WRONG_TYPE", "This must be an object.");
  }
}

/// Derives ids from the user and the position among their sessions, so that a seed always gives the same ids.
void deriveSessionIds(std::vector<SeedSession>& sessions) {
  std::map<std::string, int> count;
  for (SeedSession& session : sessions) {
    if (!session.id.empty()) continue;
    const int number = ++count[session.userEmail];
    session.id = SessionId{derivedId('s', session.userEmail + ' ' + std::to_string(number))};
  }
}

[[noreturn]] void refuse(const std::string& field, std::string_view code, const std::string& message) {
  throw ValidationError({{field, std::string(code), message}});
}

void signOut(Writer& writer, const UserId& user, TimePoint now, std::string_view reason) {
  for (const Session& session : writer.sessions().listLive(user, beforeAllTime))
    writer.sessions().end(session.id, now, reason);
}

void insertUser(Writer& writer, const SeedUser& seed, TimePoint now) {
  User user;
  user.id = seed.id.empty() ? idFromEmail(seed.email) : seed.id;
  user.email = seed.newEmail.empty() ? seed.email : seed.newEmail;
  if (seed.name && !seed.name->empty()) user.name = seed.name;
  user.passwordHash = seed.passwordHash;
  user.createdAt = seed.createdAt.value_or(now);
  if (seed.disabled.value_or(false)) user.disabledAt = now;
  if (!writer.users().insert(user))
    refuse(seed.where + "id", "TAKEN", "Another user has this id or this e-mail.");
}

void changeUser(Writer& writer, const SeedUser& seed, User user, TimePoint now) {
  if (!seed.id.empty() && seed.id != user.id)
    refuse(seed.where + "id", "NOT_ALLOWED",
           "This user exists with the id " + user.id.str() + ", which cannot change.");
  if (seed.createdAt && *seed.createdAt != user.createdAt)
    refuse(seed.where + "createdAt", "NOT_ALLOWED", "This user exists; its creation time cannot change.");
  const bool newPassword = !seed.passwordHash.empty() && seed.passwordHash != user.passwordHash;
  const bool disabling = seed.disabled.value_or(false) && !user.disabledAt;
  if (!seed.newEmail.empty()) user.email = seed.newEmail;
  if (seed.name) user.name = seed.name->empty() ? std::nullopt : seed.name;
  if (newPassword) {
    user.passwordHash = seed.passwordHash;
    user.passwordChangedAt = now;
  }
  if (disabling) user.disabledAt = now;
  if (seed.disabled == false) user.disabledAt.reset();
  if (!writer.users().update(user)) refuse(seed.where + "email", "TAKEN", "Another user has this e-mail.");
  if (newPassword) signOut(writer, user.id, now, end_reason::passwordChanged);
  if (disabling) signOut(writer, user.id, now, end_reason::userDisabled);
}

void applySession(Writer& writer, const SeedSession& seed, TimePoint now, std::chrono::days lifetime) {
  const auto user = writer.users().findByEmail(seed.userEmail);
  if (!user) refuse(seed.where + "user", "NOT_FOUND", "The user " + seed.userEmail + " does not exist.");
  if (user->disabledAt) refuse(seed.where + "user", "DISABLED", "A disabled user has no sessions.");
  if (const auto existing = writer.sessions().find(seed.id)) {
    if (existing->userId == user->id) return;
    refuse(seed.where + "id", "TAKEN", "Another user's session has this id.");
  }
  Session session;
  session.id = seed.id;
  session.userId = user->id;
  session.client = seed.client;
  session.createdAt = seed.createdAt.value_or(now);
  session.lastActivity = seed.lastActivity.value_or(session.createdAt);
  session.expiresAt = seed.expiresAt.value_or(now + lifetime);
  writer.sessions().insert(session);
}

}  // namespace

UserId idFromEmail(std::string_view email) {
  return UserId{derivedId('u', email)};
}

Seed readSeed(const picojson::object& body, const HashPassword& hash) {
  FieldErrors errors;
  Fields outer(body, Typing::json, errors);
  Seed seed;
  std::vector<Password> passwords;
  forEach(outer, "users", [&](Fields fields) {
    SeedUser& user = seed.users.emplace_back();
    user.email = readEmail(fields, "email");
    passwords.push_back(readUserFields(fields, user));
  });
  forEach(outer, "sessions", [&](Fields fields) { seed.sessions.push_back(readSession(std::move(fields))); });
  outer.refuseOthers();
  errors.throwAny();
  deriveSessionIds(seed.sessions);
  for (std::size_t i = 0; i < passwords.size(); ++i)
    if (passwords[i]) seed.users[i].passwordHash = hash(*passwords[i]);
  return seed;
}

Seed readUserChange(const std::string& email, const picojson::object& body, const HashPassword& hash) {
  FieldErrors errors;
  Fields fields(body, Typing::json, errors);
  SeedUser user;
  const auto normalized = normalizeEmail(email);
  if (!normalized) fields.reject("email", "NOT_AN_EMAIL", "The path must end in an e-mail address.");
  user.email = normalized.value_or("");
  if (fields.has("email")) user.newEmail = readEmail(fields, "email");
  const Password password = readUserFields(fields, user);
  errors.throwAny();
  if (password) user.passwordHash = hash(*password);
  return {{std::move(user)}, {}};
}

void applySeed(Writer& writer, const Seed& seed, TimePoint now, std::chrono::days sessionLifetime) {
  for (const SeedUser& user : seed.users) {
    auto existing = writer.users().findByEmail(user.email);
    if (existing)
      changeUser(writer, user, std::move(*existing), now);
    else
      insertUser(writer, user, now);
  }
  for (const SeedSession& session : seed.sessions) applySession(writer, session, now, sessionLifetime);
}

}  // namespace glitch_protocol::web
