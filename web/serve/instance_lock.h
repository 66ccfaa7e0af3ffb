// A lock that allows only one server for each database.
#pragma once

#include <string>

namespace glitch_protocol::web {

/// Holds `<database>.lock` while it exists; the kernel releases the lock when the process ends, however it
/// ends. Links are resolved first, so two names of one database use the same lock. Only servers take it:
/// commands may run beside them. The file is never removed, since a third process could then lock a new file
/// of the same name. *Immutable.*
class InstanceLock {
 public:
  /// Throws std::runtime_error when another process holds the lock (the message names the process if it is
  /// known) and when the file cannot be created.
  explicit InstanceLock(const std::string& database);
  ~InstanceLock();
  InstanceLock(const InstanceLock&) = delete;
  InstanceLock& operator=(const InstanceLock&) = delete;

 private:
  // constant after construction
  const std::string path_;
  const int file_;
};

}  // namespace glitch_protocol::web
