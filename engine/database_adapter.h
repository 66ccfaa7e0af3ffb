// The engine's port to a database. An adapter offers small primitives inside transactions, grouped by noun; every
// decision stays in the engine. tests/contract/database_contract.h is the executable form of this file.
//
// Failures. Any primitive, read() and write() themselves may throw StoreError when the machinery fails, and
// write() BusyError when too many calls are waiting already. An adapter throws nothing else on its own account
// but std::logic_error for a nested call (see DatabaseAdapter).
//
// Waiting. read() and write() may wait for others (other processes, a free connection), but not for ever: an
// adapter has a bound of its own, counted from the arrival of the request in hand where there is one (patience.h),
// after which the call is a StoreError.
//
// What an adapter may assume. Every id that it is given to store is 1 to 128 bytes of well-formed UTF-8: the
// engine refuses others before it opens a transaction (isStorableId() in types.h). Ids to look up may be anything;
// an adapter finds nothing under one that it cannot hold.
#pragma once

#include <cstddef>
#include <functional>

#include "audit_port.h"
#include "changes_port.h"
#include "lineages_port.h"
#include "sessions_port.h"
#include "types.h"
#include "users_port.h"

namespace glitch_protocol {

/// How many calls of write() an adapter lets wait at a time, unless it is told otherwise. A further one is a
/// BusyError at once.
inline constexpr std::size_t maxWaitingWrites = 1024;

/// Looks at one consistent state of the data. Valid only inside the function it was passed to, like what its
/// accessors return. *One thread at a time.*
class Reader {
 public:
  virtual ~Reader() = default;

  virtual UsersReader& users() = 0;
  virtual SessionsReader& sessions() = 0;
  virtual LineagesReader& lineages() = 0;
  virtual AuditReader& audit() = 0;
  virtual ChangesReader& changes() = 0;
};

/// Looks at and changes the data inside one transaction; sees its own changes. *One thread at a time.*
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
/// A call of read() or write() from inside a function that the same adapter is running on that thread is a bug of
/// the caller: std::logic_error at once, before anything is waited for (NestingGuard in nesting_guard.h does that
/// for an adapter). The outer transaction is not affected beyond that exception.
class DatabaseAdapter {
 public:
  virtual ~DatabaseAdapter() = default;

  /// Runs `look` on one consistent state, which holds at least every write() that had returned before.
  /// Exceptions of `look` pass through.
  virtual void read(const std::function<void(Reader&)>& look) = 0;

  /// Runs `change` in one atomic, durable transaction: when write() returns, the change survives `kill -9` and
  /// power loss. When `change` throws, nothing of it happened and the exception passes through. On StoreError
  /// and BusyError nothing of it happened either. Writes are serialisable: `change` sees all earlier ones.
  ///
  /// `change` may run more than once (an adapter repeats it after a serialisation failure) and on another thread
  /// (writers may share a commit). So outside the transaction it changes nothing but what it assigns afresh each
  /// time, and it takes no lock that its caller holds. Only the last run counts.
  virtual void write(const std::function<void(Writer&)>& change) = 0;
};

}  // namespace glitch_protocol
