// The part of the database port that reads and writes users.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "types.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// Reads users. Valid only inside the transaction's function. *One thread at a time.*
class UsersReader {
 public:
  virtual ~UsersReader() = default;

  virtual std::optional<User> find(const UserId&) = 0;
  /// `email` must be in lower case; it is compared byte by byte.
  virtual std::optional<User> findByEmail(std::string_view email) = 0;
  /// At most `limit` users after `afterEmail` ("" for the first page), in ascending order of e-mail.
  virtual std::vector<User> list(std::string_view afterEmail, std::size_t limit) = 0;
};

/// Reads and changes users; reads include its own changes. "Returns false" always means that nothing has changed.
/// *One thread at a time.*
class UsersWriter : public UsersReader {
 public:
  /// Returns false if the id or the e-mail is taken.
  virtual bool insert(const User&) = 0;
  /// Replaces every field except `createdAt` of the user with that id. Returns false if there is no such user or if the
  /// e-mail is taken.
  virtual bool update(const User&) = 0;
  /// Removes the user with all their sessions and lineages; audit events remain. Returns false if there is no such
  /// user; then no session is removed either.
  virtual bool remove(const UserId&) = 0;
};

}  // namespace v1
}  // namespace glitch_protocol
