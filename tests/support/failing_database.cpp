// Wraps each part of the database port to take a step before every change and to count the sessions that are read.
#include "tests/support/failing_database.h"

#include <limits>
#include <optional>
#include <vector>

#include "engine/core/forwarding.h"
#include "engine/errors.h"

namespace glitch_protocol {

namespace {

/// Counts the sessions that reads return, in one run of a transaction's function.
template <class Base, class Port>
class CountingSessionsOf : public Base {
 public:
  CountingSessionsOf(Port& inner, std::uint64_t& count) : Base(inner), count_(count) {}

  std::optional<Session> find(const SessionId& id) override {
    ++count_;
    return Base::find(id);
  }
  std::vector<Session> listLive(const UserId& user, TimePoint now, const std::optional<SessionCursor>& after,
                                std::size_t limit) override {
    return counted(Base::listLive(user, now, after, limit));
  }
  std::vector<Session> listOldestLive(const UserId& user, TimePoint now, std::size_t limit) override {
    return counted(Base::listOldestLive(user, now, limit));
  }
  std::vector<Session> listAll(const UserId& user, std::size_t limit) override {
    return counted(Base::listAll(user, limit));
  }

 protected:
  std::vector<Session> counted(std::vector<Session> sessions) {
    count_ += sessions.size();
    return sessions;
  }

 private:
  std::uint64_t& count_;
};

class CountingReader : public Reader {
 public:
  CountingReader(Reader& inner, std::uint64_t& sessionsRead)
      : inner_(inner), sessions_(inner.sessions(), sessionsRead) {}

  UsersReader& users() override { return inner_.users(); }
  SessionsReader& sessions() override { return sessions_; }
  LineagesReader& lineages() override { return inner_.lineages(); }
  AuditReader& audit() override { return inner_.audit(); }
  ChangesReader& changes() override { return inner_.changes(); }

 private:
  Reader& inner_;
  CountingSessionsOf<ForwardingSessionsOf<SessionsReader>, SessionsReader> sessions_;
};

/// The steps of one run of a transaction's function. Remembers whether one has failed.
class Steps {
 public:
  explicit Steps(const std::function<void()>& step) : step_(step) {}

  void take() {
    try {
      step_();
    } catch (const StoreError&) {
      lost_ = true;
      throw;
    }
  }
  /// The step of the commit. A transaction in which a step has failed stays lost, even if the function caught the
  /// error.
  void commit() {
    if (lost_) throw StoreError("injected failure, caught before the commit");
    take();
  }
  bool lost() const { return lost_; }

 private:
  const std::function<void()>& step_;
  bool lost_ = false;
};

/// Takes a step before each change through one part of the port.
template <class Base, class Port>
class SteppingOf : public Base {
 public:
  template <class... More>
  SteppingOf(Steps& steps, Port& inner, More&... more) : Base(inner, more...), steps_(steps) {}

 protected:
  Port& changing() override {
    steps_.take();
    return this->inner_;
  }

 private:
  Steps& steps_;
};

class CountingWriterSessions : public CountingSessionsOf<ForwardingSessions, SessionsWriter> {
 public:
  using CountingSessionsOf::CountingSessionsOf;
  std::vector<Session> listExpired(TimePoint now, std::size_t limit) override {
    return counted(inner_.listExpired(now, limit));
  }
};

class SteppingWriter : public Writer {
 public:
  SteppingWriter(Writer& inner, Steps& steps, std::uint64_t& sessionsRead)
      : users_(steps, inner.users()),
        sessions_(steps, inner.sessions(), sessionsRead),
        lineages_(steps, inner.lineages()),
        audit_(steps, inner.audit()),
        changes_(steps, inner.changes()) {}

  UsersWriter& users() override { return users_; }
  SessionsWriter& sessions() override { return sessions_; }
  LineagesWriter& lineages() override { return lineages_; }
  AuditWriter& audit() override { return audit_; }
  ChangesWriter& changes() override { return changes_; }

 private:
  SteppingOf<ForwardingUsers, UsersWriter> users_;
  SteppingOf<CountingWriterSessions, SessionsWriter> sessions_;
  SteppingOf<ForwardingLineages, LineagesWriter> lineages_;
  SteppingOf<ForwardingAudit, AuditWriter> audit_;
  SteppingOf<ForwardingChanges, ChangesWriter> changes_;
};

/// Adds the count of the last run to the total, however the transaction ends.
class SessionCount {
 public:
  explicit SessionCount(std::atomic<std::uint64_t>& total) : total_(total) {}
  ~SessionCount() { total_ += ofThisRun; }
  SessionCount(const SessionCount&) = delete;
  SessionCount& operator=(const SessionCount&) = delete;

  std::uint64_t ofThisRun = 0;

 private:
  std::atomic<std::uint64_t>& total_;
};

}  // namespace

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
  SessionCount count(sessionsRead_);
  inner_.read([&](Reader& reader) {
    CountingReader counting(reader, count.ofThisRun);
    look(counting);
  });
}

void FailingDatabase::write(const std::function<void(Writer&)>& change) {
  ++writes_;
  if (failAll_) fail();
  SessionCount count(sessionsRead_);
  const std::function<void()> takeStep = [this] { step(); };
  inner_.write([&](Writer& writer) {
    count.ofThisRun = 0;
    Steps steps(takeStep);
    SteppingWriter stepping(writer, steps, count.ofThisRun);
    try {
      change(stepping);
    } catch (...) {
      // An exception of the function after a failed step does not count.
      if (steps.lost()) throw StoreError("injected failure");
      throw;
    }
    steps.commit();
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
