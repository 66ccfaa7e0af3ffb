// One server to a database.
#pragma once

#include <string>

namespace glitch_protocol::web {

/// Holds `<database>.lock` as long as it lives; the kernel lets go of it when the process ends, however it
/// ends. Links are followed first, so two names of one database are one lock. Only servers take it: commands
/// work beside them. The file stays behind, for removing it would let a third process lock another of the
/// same name. *Immutable.*
class InstanceLock {
 public:
  /// Throws std::runtime_error, naming the process that holds it where that is known, when another holds the
  /// lock, and when the file cannot be made.
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
