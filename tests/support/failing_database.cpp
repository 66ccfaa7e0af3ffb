#include "tests/support/failing_database.h"

#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/errors.h"

namespace glitch_protocol {

namespace {

/// Passes reading primitives on and counts the sessions that they return. Lives for one transaction.
template <class Port>
class CountingReaderOf : public Port {
 public:
  CountingReaderOf(std::atomic<std::uint64_t>& sessionsRead, Port& inner)
      : sessionsRead_(sessionsRead), inner_(inner) {}

  std::optional<User> findUser(const UserId& id) override { return inner_.findUser(id); }
  std::optional<User> findUserByEmail(std::string_view email) override {
    return inner_.findUserByEmail(email);
  }
  std::vector<User> listUsers(std::string_view afterEmail, std::size_t limit) override {
    return inner_.listUsers(afterEmail, limit);
  }
  std::optional<Session> findSession(const SessionId& id) override {
    ++sessionsRead_;
    return inner_.findSession(id);
  }
  std::vector<Session> listLiveSessions(const UserId& user, TimePoint now,
                                        const std::optional<SessionCursor>& after,
                                        std::size_t limit) override {
    return counted(inner_.listLiveSessions(user, now, after, limit));
  }
  std::vector<Session> listOldestLiveSessions(const UserId& user, TimePoint now, std::size_t limit) override {
    return counted(inner_.listOldestLiveSessions(user, now, limit));
  }
  std::vector<Session> listSessions(const UserId& user) override {
    return counted(inner_.listSessions(user));
  }
  std::uint64_t countLiveSessions(const UserId& user, TimePoint now) override {
    return inner_.countLiveSessions(user, now);
  }
  bool hasSessionFrom(const UserId& user, std::string_view site) override {
    return inner_.hasSessionFrom(user, site);
  }
  std::uint64_t countLiveSessions(TimePoint now) override { return inner_.countLiveSessions(now); }
  std::optional<Lineage> findLineage(const LineageId& id) override { return inner_.findLineage(id); }
  std::vector<AuditEvent> listAuditEvents(const UserId& user, std::size_t limit) override {
    return inner_.listAuditEvents(user, limit);
  }
  std::vector<AuditEvent> listLatestAuditEvents(std::size_t limit) override {
    return inner_.listLatestAuditEvents(limit);
  }

 protected:
  std::vector<Session> counted(std::vector<Session> sessions) {
    sessionsRead_ += sessions.size();
    return sessions;
  }

  std::atomic<std::uint64_t>& sessionsRead_;
  Port& inner_;
};

}  // namespace

/// Takes a step before each writing primitive and remembers a failed one. Lives for one transaction.
class CountingWriter : public CountingReaderOf<Writer> {
 public:
  CountingWriter(FailingDatabase& database, Writer& inner)
      : CountingReaderOf(database.sessionsRead_, inner), database_(database) {}

  /// The step of the commit. A transaction in which a step failed stays lost, whoever caught the error.
  void commit() {
    if (lost_) throw StoreError("injected failure, swallowed before the commit");
    step();
  }
  bool lost() const { return lost_; }

  std::vector<Session> listExpiredSessions(TimePoint now, std::size_t limit) override {
    return counted(inner_.listExpiredSessions(now, limit));
  }

  bool insertUser(const User& user) override { return stepped().insertUser(user); }
  bool updateUser(const User& user) override { return stepped().updateUser(user); }
  bool deleteUser(const UserId& id) override { return stepped().deleteUser(id); }
  void insertSession(const Session& session) override { stepped().insertSession(session); }
  bool endSession(const SessionId& id, TimePoint endedAt, std::string_view reason) override {
    return stepped().endSession(id, endedAt, reason);
  }
  bool touchSession(const SessionId& id, TimePoint at) override { return stepped().touchSession(id, at); }
  bool extendSession(const SessionId& id, TimePoint expiresAt) override {
    return stepped().extendSession(id, expiresAt);
  }
  bool setSessionSocketId(const SessionId& id, const std::optional<SocketId>& socketId) override {
    return stepped().setSessionSocketId(id, socketId);
  }
  bool setTokensFrom(const SessionId& id, TimePoint from) override {
    return stepped().setTokensFrom(id, from);
  }
  void insertLineage(const Lineage& lineage) override { stepped().insertLineage(lineage); }
  bool advanceLineage(const LineageId& id, std::uint64_t fromCounter, TimePoint rotatedAt,
                      TimePoint expiresAt) override {
    return stepped().advanceLineage(id, fromCounter, rotatedAt, expiresAt);
  }
  std::size_t deleteLineages(const SessionId& session) override { return stepped().deleteLineages(session); }
  void insertAuditEvent(const AuditEvent& event) override { stepped().insertAuditEvent(event); }
  std::size_t purgeEndedSessions(TimePoint endedBefore, std::size_t limit) override {
    return stepped().purgeEndedSessions(endedBefore, limit);
  }
  std::size_t purgeExpiredLineages(TimePoint expiredBefore, std::size_t limit) override {
    return stepped().purgeExpiredLineages(expiredBefore, limit);
  }
  std::size_t purgeAuditEvents(TimePoint before, std::size_t limit) override {
    return stepped().purgeAuditEvents(before, limit);
  }

 private:
  void step() {
    try {
      database_.step();
    } catch (const StoreError&) {
      lost_ = true;
      throw;
    }
  }
  Writer& stepped() {
    step();
    return inner_;
  }

  FailingDatabase& database_;
  bool lost_ = false;
};

void FailingDatabase::failNthWriteStep(std::uint64_t n) {
  resetCounters();
  firstFailingStep_ = n;
  lastFailingStep_ = n;
}

void FailingDatabase::failFromNthWriteStep(std::uint64_t n) {
  resetCounters();
  firstFailingStep_ = n;
  lastFailingStep_ = n == 0 ? 0 : std::numeric_limits<std::uint64_t>::max();
}

void FailingDatabase::recover() {
  firstFailingStep_ = 0;
  lastFailingStep_ = 0;
  failAll_ = false;
  failReads_ = false;
}

void FailingDatabase::resetCounters() {
  reads_ = 0;
  writes_ = 0;
  steps_ = 0;
  failures_ = 0;
  sessionsRead_ = 0;
}

void FailingDatabase::read(const std::function<void(Reader&)>& look) {
  ++reads_;
  if (failAll_ || failReads_) fail();
  inner_.read([&](Reader& reader) {
    CountingReaderOf<Reader> counting(sessionsRead_, reader);
    look(counting);
  });
}

void FailingDatabase::write(const std::function<void(Writer&)>& change) {
  ++writes_;
  if (failAll_) fail();
  inner_.write([&](Writer& writer) {
    CountingWriter counting(*this, writer);
    try {
      change(counting);
    } catch (...) {
      // A verdict reached after a lost step is no verdict.
      if (counting.lost()) throw StoreError("injected failure");
      throw;
    }
    counting.commit();
  });
}

void FailingDatabase::step() {
  const std::uint64_t number = ++steps_;
  const std::uint64_t first = firstFailingStep_;
  if (first != 0 && number >= first && number <= lastFailingStep_) fail();
}

void FailingDatabase::fail() {
  ++failures_;
  throw StoreError("injected failure");
}

}  // namespace glitch_protocol
