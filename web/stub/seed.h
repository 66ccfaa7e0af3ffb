// Users and sessions that a test wants to be there.
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

/// What is empty stays as it is, or gets its default where the user is new.
struct SeedUser {
  std::string where;  ///< in the request, for faults: "users[0]."
  std::string email;
  std::string newEmail;  ///< of an existing user; empty: it stays
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

/// Turns a password into a hash of it.
using HashPassword = std::function<std::string(const std::string& password)>;

/// `{users: [{email, id?, name?, password? or passwordHash?, createdAt?, disabled?}], sessions: [{user, id?,
/// userAgent?, ipAddress?, createdAt?, lastActivity?, expiresAt?}]}`. Throws ValidationError with every
/// fault; hashes nothing then.
Seed readSeed(const picojson::object& body, const HashPassword&);
/// The same fields of one user whose address is known from elsewhere; `email` in the body is a new one.
Seed readUserChange(const std::string& email, const picojson::object& body, const HashPassword&);

/// Makes the users and sessions exist, and be as described. A user who gets a new password or is disabled is
/// signed out, as in production. Throws ValidationError for what does not fit with what is there: the caller
/// lets the transaction fail.
void applySeed(Writer&, const Seed&, TimePoint now, std::chrono::days sessionLifetime);

/// A user's id wherever none is given: "u" and 21 characters of base64url, which follow from the address.
UserId idFromEmail(std::string_view email);

}  // namespace glitch_protocol::web
