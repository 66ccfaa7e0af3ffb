// The account history as the engine's port to a database offers it.
#pragma once

#include <cstddef>
#include <vector>

#include "types.h"

namespace glitch_protocol {

/// Reads audit events. Valid only inside the function that the transaction runs. *One thread at a time.*
class AuditReader {
 public:
  virtual ~AuditReader() = default;

  /// The user's last `limit` events, newest first; of one instant the last written first.
  virtual std::vector<AuditEvent> list(const UserId&, std::size_t limit) = 0;
  /// The last `limit` events of all users and of no user, in the same order.
  virtual std::vector<AuditEvent> listLatest(std::size_t limit) = 0;
};

/// Reads and adds audit events; sees its own changes. *One thread at a time.*
class AuditWriter : public AuditReader {
 public:
  /// The event's user and session need not exist.
  virtual void insert(const AuditEvent&) = 0;
  /// Removes at most `limit` events from before `before`. Returns how many.
  virtual std::size_t purge(TimePoint before, std::size_t limit) = 0;
};

}  // namespace glitch_protocol
