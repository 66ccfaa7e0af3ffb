// The part of the database port that reads and writes the account history.
#pragma once

#include <cstddef>
#include <vector>

#include "types.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// Reads audit events. Valid only inside the transaction's function. *One thread at a time.*
class AuditReader {
 public:
  virtual ~AuditReader() = default;

  /// The user's last `limit` events, newest first; events of the same time in reverse order of insertion.
  virtual std::vector<AuditEvent> list(const UserId&, std::size_t limit) = 0;
  /// The last `limit` events of all users and without a user, in the same order.
  virtual std::vector<AuditEvent> listLatest(std::size_t limit) = 0;
};

/// Reads and adds audit events; reads include its own changes. *One thread at a time.*
class AuditWriter : public AuditReader {
 public:
  /// The event's user and session need not exist.
  virtual void insert(const AuditEvent&) = 0;
  /// Removes at most `limit` events that are older than `before`. Returns how many.
  virtual std::size_t purge(TimePoint before, std::size_t limit) = 0;
};

}  // namespace v1
}  // namespace glitch_protocol
