// The port for a database. An adapter offers small operations inside transactions, grouped by table; all decisions are
// made in the engine. tests/contract/contract.h tests adapters against this file.
//
// Failures. Every operation, read() and write() may throw StoreError when the database fails, and write() may throw
// BusyError when too many calls are waiting. Apart from these, an adapter throws only std::logic_error for a nested
// call (see DatabaseAdapter).
//
// Waiting. read() and write() may wait for other processes or for a free connection, but not forever: an adapter has a
// max wait, after which the call throws StoreError. The wait is measured from the arrival of the current request, if
// there is one (patience.h).
//
// What an adapter may assume. Every id to store is 1 to 128 bytes of well-formed UTF-8, because the engine refuses any
// other before it opens a transaction (isStorableId() in types.h). Ids to look up may be any text; for one that an
// adapter cannot store, it finds nothing.
#pragma once

#include <cstddef>
#include <functional>

#include "audit_port.h"
#include "changes_port.h"
#include "lineages_port.h"
#include "sessions_port.h"
#include "types.h"
#include "users_port.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// How many calls of write() may wait in an adapter at a time, by default. A further call throws BusyError at once.
inline constexpr std::size_t maxWaitingWrites = 1024;

/// Reads one consistent state of the data. The reader, and what its accessors return, are valid only inside the
/// function that receives it. *One thread at a time.*
class Reader {
 public:
  virtual ~Reader() = default;

  virtual UsersReader& users() = 0;
  virtual SessionsReader& sessions() = 0;
  virtual LineagesReader& lineages() = 0;
  virtual AuditReader& audit() = 0;
  virtual ChangesReader& changes() = 0;
};

/// Reads and changes the data inside one transaction; reads include its own changes. *One thread at a time.*
class Writer : public Reader {
 public:
  UsersWriter& users() override = 0;
  SessionsWriter& sessions() override = 0;
  LineagesWriter& lineages() override = 0;
  AuditWriter& audit() override = 0;
  ChangesWriter& changes() override = 0;
};

/// A database. *Thread-safe.* Must outlive every Engine built on it.
///
/// To call read() or write() from inside a function that the same adapter is running on that thread is a bug in the
/// caller: the call throws std::logic_error at once, without waiting (NestingGuard in nesting_guard.h does that for an
/// adapter). Apart from the exception, the outer transaction is not affected.
class DatabaseAdapter {
 public:
  virtual ~DatabaseAdapter() = default;

  /// Runs `look` on one consistent state, which includes every write() that had returned before. Exceptions of `look`
  /// are passed on.
  virtual void read(const std::function<void(Reader&)>& look) = 0;

  /// Runs `change` in one atomic, durable transaction: when write() returns, the change survives `kill -9` and
  /// power loss. If `change` throws, the transaction is rolled back and the exception is passed on. On StoreError
  /// and BusyError the database is unchanged too. Writes are serialisable: `change` sees all earlier ones.
  ///
  /// `change` may run more than once (an adapter repeats it after a serialisation failure) and on another thread
  /// (writers may share a commit); only the last run takes effect. So each run must assign anew every variable outside
  /// the transaction that it changes, and must not take a lock that the caller holds.
  virtual void write(const std::function<void(Writer&)>& change) = 0;
};

}  // namespace v1
}  // namespace glitch_protocol
