// The database operations that a running process needs in addition to transactions: probing, backup, restore.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "database_adapter.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// A database that can be probed, copied and replaced. tests/contract/contract.h tests adapters against this
/// file. *Thread-safe.* Every call except externalChangeCount() may throw StoreError.
class OperableDatabase : public DatabaseAdapter {
 public:
  /// Makes one durable write that changes no data that a Reader sees, and returns when it has succeeded. Parallel calls
  /// share a commit.
  virtual void probeWrite() = 0;

  /// Writes a consistent copy of the current state to the new file `file` (mode 0600). The copy is durable when
  /// the call returns; reads and writes continue meanwhile. On StoreError, which an existing `file` causes as
  /// well, `file` is unchanged and no other file remains.
  virtual void backup(const std::string& file) = 0;

  /// Returns the whole content as bytes, for restore() of any database of this kind and version.
  virtual std::string image() = 0;
  /// Replaces the whole content in one commit. Cached rows must be forgotten afterwards
  /// (Engine::acceptReplacedDatabase()). On StoreError, which an invalid `image` causes as well, nothing has changed.
  virtual void restore(std::string_view image) = 0;

  /// A number that grows when another process changes the data, and in rare cases without such a change. Never
  /// waits for a running write and never throws: a change that is not visible yet is counted at a later call.
  virtual std::uint64_t externalChangeCount() = 0;
};

}  // namespace v1
}  // namespace glitch_protocol
