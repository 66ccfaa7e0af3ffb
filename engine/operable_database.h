// What a running process needs of a database beside transactions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "database_adapter.h"

namespace glitch_protocol {

/// A database that can be probed, copied and replaced. tests/contract/operable_contract.h is the executable form
/// of this file. *Thread-safe.* Every call but externalChangeCount() may throw StoreError.
class OperableDatabase : public DatabaseAdapter {
 public:
  /// Makes one durable write that changes nothing that a Reader sees, and returns when it has succeeded. Parallel
  /// calls share their commit.
  virtual void probeWrite() = 0;

  /// Writes a consistent copy of the present state to the new file `file` (0600), durable when this returns.
  /// Reads and writes go on meanwhile. On StoreError, also when `file` exists, it is as it was, and nothing else
  /// is left behind.
  virtual void backup(const std::string& file) = 0;

  /// The whole content as bytes, for restore() of any database of this kind and version.
  virtual std::string image() = 0;
  /// Replaces the whole content in one commit. Whoever caches rows must forget them afterwards
  /// (Engine::acceptReplacedDatabase()). On StoreError, also when `image` is none, nothing has changed.
  virtual void restore(std::string_view image) = 0;

  /// A number that has grown since an earlier call if another process has changed the data in between, and
  /// rarely even if none has. Never waits for a running write and never throws: a change that it cannot see now
  /// it counts at a later call.
  virtual std::uint64_t externalChangeCount() = 0;
};

}  // namespace glitch_protocol
