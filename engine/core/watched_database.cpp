// Decorators for users() and sessions() that record which rows change.
#include "engine/core/watched_database.h"

#include <map>
#include <set>

#include "engine/core/forwarding.h"
#include "engine/errors.h"

namespace glitch_protocol::inline v1 {

/// The rows that one run of the function has changed.
struct WatchedDatabase::Touched {
  std::set<UserId> users;
  std::map<SessionId, UserId> sessions;  ///< with their owners
};

namespace {

class WatchedUsers : public ForwardingUsers {
 public:
  WatchedUsers(UsersWriter& inner, std::set<UserId>& touched) : ForwardingUsers(inner), touched_(touched) {}

  bool insert(const User& user) override { return noted(user.id, inner_.insert(user)); }
  bool update(const User& user) override { return noted(user.id, inner_.update(user)); }
  bool remove(const UserId& id) override { return noted(id, inner_.remove(id)); }

 private:
  bool noted(const UserId& id, bool changed) {
    if (changed) touched_.insert(id);
    return changed;
  }

  std::set<UserId>& touched_;
};

class WatchedSessions : public ForwardingSessions {
 public:
  WatchedSessions(SessionsWriter& inner, std::map<SessionId, UserId>& touched)
      : ForwardingSessions(inner), touched_(touched) {}

  void insert(const Session& session) override {
    inner_.insert(session);
    touched_[session.id] = session.userId;
  }
  bool end(const SessionId& id, TimePoint endedAt, std::string_view reason) override {
    return noted(id, inner_.end(id, endedAt, reason));
  }
  bool touch(const SessionId& id, TimePoint at) override { return noted(id, inner_.touch(id, at)); }
  bool extend(const SessionId& id, TimePoint expiresAt) override {
    return noted(id, inner_.extend(id, expiresAt));
  }
  bool setTokensFrom(const SessionId& id, TimePoint from) override {
    return noted(id, inner_.setTokensFrom(id, from));
  }

 private:
  bool noted(const SessionId& id, bool changed) {
    if (!changed) return false;
    if (const auto session = inner_.find(id)) touched_[id] = session->userId;
    return true;
  }

  std::map<SessionId, UserId>& touched_;
};

class WatchingWriter : public Writer {
 public:
  WatchingWriter(Writer& inner, std::set<UserId>& users, std::map<SessionId, UserId>& sessions)
      : inner_(inner), users_(inner.users(), users), sessions_(inner.sessions(), sessions) {}

  UsersWriter& users() override { return users_; }
  SessionsWriter& sessions() override { return sessions_; }
  LineagesWriter& lineages() override { return inner_.lineages(); }
  AuditWriter& audit() override { return inner_.audit(); }
  ChangesWriter& changes() override { return inner_.changes(); }

 private:
  Writer& inner_;
  WatchedUsers users_;
  WatchedSessions sessions_;
};

}  // namespace

void WatchedDatabase::write(const std::function<void(Writer&)>& change) {
  Touched touched;
  try {
    database_.write([&](Writer& writer) {
      touched = {};
      WatchingWriter watching(writer, touched.users, touched.sessions);
      change(watching);
      const TimePoint now = clock_.now();
      for (const UserId& user : touched.users)
        writer.changes().insert({ChangeKind::user, user.str(), now, origin_});
      for (const auto& [session, owner] : touched.sessions)
        writer.changes().insert({ChangeKind::session, session.str(), now, origin_});
    });
  } catch (const StoreError&) {
    // The transaction was rolled back. Forgetting costs at most a read, and is correct even if an adapter reports
    // a failure after its commit.
    forget(touched);
    throw;
  }
  forget(touched);
}

void WatchedDatabase::forget(const Touched& touched) {
  for (const UserId& user : touched.users) cache_.forgetUser(user);
  for (const auto& [session, owner] : touched.sessions) {
    cache_.forget(session);
    cache_.forgetList(owner);
  }
}

}  // namespace glitch_protocol::inline v1
