// Reads in a transaction each, and lends the connections for them.
#include "store/sqlite/reader_pool.h"

#include <utility>

#include "engine/errors.h"
#include "engine/patience.h"
#include "store/sqlite/sqlite_transaction.h"

namespace glitch_protocol::inline v1::store {
namespace {

// Deferred, unlike that of a write, since a read needs no write lock. Its first SELECT determines the snapshot.
constexpr char beginRead[] = "BEGIN";
constexpr char endRead[] = "COMMIT";
constexpr char abandonRead[] = "ROLLBACK";

void abandon(SqliteConnection& connection) noexcept {
  try {
    if (connection.inTransaction()) connection.query(abandonRead).run();
  } catch (...) {
    // The connection is still in a transaction, which its owner checks.
  }
}

}  // namespace

void readOn(SqliteConnection& connection, const std::function<void(Reader&)>& look) {
  connection.forgetDamage();
  connection.query(beginRead).run();
  SqliteReader reader(connection);
  try {
    look(reader);
    if (!connection.isDamaged()) return void(connection.query(endRead).run());
  } catch (...) {
    abandon(connection);
    // What `look` threw may be based on a failed read.
    if (connection.isDamaged()) throw StoreError("the database failed during a read");
    throw;
  }
  abandon(connection);
  throw StoreError("the database failed during a read");
}

ReaderPool::ReaderPool(const SqliteOptions& options) : options_(options), identity_(options.path) {
  idle_.reserve(options_.readers);  // so that giving a connection back cannot fail
}

void ReaderPool::read(const std::function<void(Reader&)>& look) {
  // Returns the connection, or at least its place in the pool, however this function ends.
  struct Holder {
    ReaderPool& pool;
    Lease lease;
    ~Holder() { pool.release(std::move(lease)); }
  } holder{*this, acquire()};
  auto& connection = holder.lease.connection;
  if (!connection) connection = open();
  readOn(*connection, look);
}

void ReaderPool::awaitPresentReads(std::chrono::milliseconds atMost) {
  MutexLock lock(mutex_);
  const std::uint64_t later = nextTicket_;
  ended_.waitFor(lock, atMost,
                 [&]() REQUIRES(mutex_) { return underWay_.empty() || *underWay_.begin() >= later; });
}

// Checks before opening, so that another file is not touched, and afterwards, in case the file was replaced in between.
std::unique_ptr<SqliteConnection> ReaderPool::open() const {
  identity_.check();
  auto connection = std::make_unique<SqliteConnection>(options_, Access::readOnly);
  identity_.check();
  return connection;
}

ReaderPool::Lease ReaderPool::acquire() {
  const auto arrival = arrivalInHand().value_or(std::chrono::steady_clock::now());
  MutexLock lock(mutex_);
  if (!freed_.waitUntil(lock, arrival + options_.busyTimeout,
                        [&]() REQUIRES(mutex_) { return underWay_.size() < options_.readers; }))
    throw StoreError("no connection for reading became free in time");
  Lease lease;
  lease.ticket = *underWay_.insert(nextTicket_++).first;
  if (!idle_.empty()) {
    lease.connection = std::move(idle_.back());
    idle_.pop_back();
  }
  return lease;
}

void ReaderPool::release(Lease lease) {
  if (lease.connection && lease.connection->inTransaction()) lease.connection.reset();
  const MutexLock lock(mutex_);
  underWay_.erase(lease.ticket);
  if (lease.connection) idle_.push_back(std::move(lease.connection));
  freed_.notifyOne();
  ended_.notifyAll();
}

}  // namespace glitch_protocol::inline v1::store
