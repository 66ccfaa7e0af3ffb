// Reads and applies seeds: the users and sessions that a test needs.
#pragma once

#include <picojson.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/database_adapter.h"
#include "engine/types.h"
#include "web/http/fields.h"

namespace glitch_protocol::web {

/// Empty members keep the values of an existing user and get defaults for a new one.
struct SeedUser {
  std::string where;  ///< position in the request, for errors: "users[0]."
  std::string email;
  std::string newEmail;  ///< for an existing user; empty: unchanged
  UserId id;
  std::optional<std::string> name;
  std::string passwordHash;
  std::optional<TimePoint> createdAt;
  std::optional<bool> disabled;
};

struct SeedSession {
  std::string where;
  std::string userEmail;
  SessionId id;
  ClientInfo client;
  std::optional<TimePoint> createdAt;
  std::optional<TimePoint> lastActivity;
  std::optional<TimePoint> expiresAt;
};

struct Seed {
  std::vector<SeedUser> users;
  std::vector<SeedSession> sessions;
};

/// Returns a hash of a password.
using HashPassword = std::function<std::string(const std::string& password)>;

/// Reads `{users: [{email, id?, name?, password? or passwordHash?, createdAt?, disabled?}], sessions: [{user,
/// id?, userAgent?, ipAddress?, createdAt?, lastActivity?, expiresAt?}]}`. Throws ValidationError with every
/// error before it hashes anything.
Seed readSeed(const picojson::object& body, const HashPassword&);
/// Reads the same fields for one user with the e-mail `email`; `email` in the body is a new one.
Seed readUserChange(const std::string& email, const picojson::object& body, const HashPassword&);

/// Creates or changes the users and sessions to match the seed. A user who gets a new password or is disabled
/// is signed out, as in production. Throws ValidationError on a conflict with existing data; the caller lets
/// the transaction fail.
void applySeed(Writer&, const Seed&, TimePoint now, std::chrono::days sessionLifetime);

/// The default id of a user: "u" and 21 characters of base64url, derived from the e-mail.
UserId idFromEmail(std::string_view email);

}  // namespace glitch_protocol::web
