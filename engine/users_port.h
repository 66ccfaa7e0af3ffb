// The users table as the engine's port to a database offers it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "types.h"

namespace glitch_protocol {

/// Reads users. Valid only inside the function that the transaction runs. *One thread at a time.*
class UsersReader {
 public:
  virtual ~UsersReader() = default;

  virtual std::optional<User> find(const UserId&) = 0;
  /// `email` in lower case, compared byte by byte.
  virtual std::optional<User> findByEmail(std::string_view email) = 0;
  /// At most `limit` users in ascending order of e-mail, those after `afterEmail` ("" for the first page).
  virtual std::vector<User> list(std::string_view afterEmail, std::size_t limit) = 0;
};

/// Reads and changes users; sees its own changes. "Returns false" always means that nothing changed.
/// *One thread at a time.*
class UsersWriter : public UsersReader {
 public:
  /// Returns false when the id or the e-mail is taken.
  virtual bool insert(const User&) = 0;
  /// Replaces every field of the user with that id but `createdAt`. Returns false when there is no such user or
  /// the e-mail is taken.
  virtual bool update(const User&) = 0;
  /// Removes the user with all their sessions and lineages; audit events stay. Returns false when there is no
  /// such user; then no session is removed either.
  virtual bool remove(const UserId&) = 0;
};

}  // namespace glitch_protocol
