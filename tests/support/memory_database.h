// A database in ordinary maps, for tests of the code that uses the database port. It fulfils the contract of
// engine/database_adapter.h except for durability, which tests/contract/ checks.
#pragma once

#include <functional>
#include <shared_mutex>

#include "engine/database_adapter.h"
#include "tests/support/memory_tables.h"

namespace glitch_protocol {

/// Keeps everything in memory and forgets it when destroyed. Reads run in parallel, a write runs alone; the changes of
/// a function that throws are undone step by step. write() runs every function twice and undoes the first run, as an
/// adapter may do after a serialisation failure. *Thread-safe.*
class MemoryDatabase : public DatabaseAdapter {
 public:
  void read(const std::function<void(Reader&)>& look) override;
  void write(const std::function<void(Writer&)>& change) override;

 private:
  std::shared_mutex mutex_;
  // guarded by mutex_
  MemoryTables tables_;
};

}  // namespace glitch_protocol
