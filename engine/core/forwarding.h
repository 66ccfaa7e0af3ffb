// Decorators for the parts of the database port. They forward every call; a subclass overrides only the calls that it
// observes or changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/database_adapter.h"

namespace glitch_protocol::inline v1 {

/// Forwards all calls to `inner`, which must outlive it. *One thread at a time*, like all classes here.
class ForwardingUsers : public UsersWriter {
 public:
  explicit ForwardingUsers(UsersWriter& inner) : inner_(inner) {}

  std::optional<User> find(const UserId& id) override { return inner_.find(id); }
  std::optional<User> findByEmail(std::string_view email) override { return inner_.findByEmail(email); }
  std::vector<User> list(std::string_view afterEmail, std::size_t limit) override {
    return inner_.list(afterEmail, limit);
  }
  bool insert(const User& user) override { return changing().insert(user); }
  bool update(const User& user) override { return changing().update(user); }
  bool remove(const UserId& id) override { return changing().remove(id); }

 protected:
  /// Called before each call that may change something. Its exceptions are passed on.
  virtual UsersWriter& changing() { return inner_; }

  UsersWriter& inner_;
};

/// Forwards the reading calls of `Port`, which is SessionsReader or SessionsWriter.
template <class Port>
class ForwardingSessionsOf : public Port {
 public:
  explicit ForwardingSessionsOf(Port& inner) : inner_(inner) {}

  std::optional<Session> find(const SessionId& id) override { return inner_.find(id); }
  std::vector<Session> listLive(const UserId& user, TimePoint now, const std::optional<SessionCursor>& after,
                                std::size_t limit) override {
    return inner_.listLive(user, now, after, limit);
  }
  std::vector<Session> listOldestLive(const UserId& user, TimePoint now, std::size_t limit) override {
    return inner_.listOldestLive(user, now, limit);
  }
  std::vector<Session> listAll(const UserId& user, std::size_t limit) override {
    return inner_.listAll(user, limit);
  }
  std::uint64_t countLive(const UserId& user, TimePoint now) override { return inner_.countLive(user, now); }
  std::uint64_t countLive(TimePoint now) override { return inner_.countLive(now); }
  bool hasFromSite(const UserId& user, std::string_view site) override {
    return inner_.hasFromSite(user, site);
  }

 protected:
  Port& inner_;
};

class ForwardingSessions : public ForwardingSessionsOf<SessionsWriter> {
 public:
  using ForwardingSessionsOf::ForwardingSessionsOf;

  void insert(const Session& session) override { changing().insert(session); }
  bool end(const SessionId& id, TimePoint endedAt, std::string_view reason) override {
    return changing().end(id, endedAt, reason);
  }
  bool touch(const SessionId& id, TimePoint at) override { return changing().touch(id, at); }
  bool extend(const SessionId& id, TimePoint expiresAt) override { return changing().extend(id, expiresAt); }
  bool setTokensFrom(const SessionId& id, TimePoint from) override {
    return changing().setTokensFrom(id, from);
  }
  bool setSocketId(const SessionId& id, const std::optional<SocketId>& socketId) override {
    return changing().setSocketId(id, socketId);
  }
  std::vector<Session> listExpired(TimePoint now, std::size_t limit) override {
    return inner_.listExpired(now, limit);
  }
  std::size_t purgeEnded(TimePoint endedBefore, std::size_t limit) override {
    return changing().purgeEnded(endedBefore, limit);
  }

 protected:
  virtual SessionsWriter& changing() { return inner_; }
};

class ForwardingLineages : public LineagesWriter {
 public:
  explicit ForwardingLineages(LineagesWriter& inner) : inner_(inner) {}

  std::optional<Lineage> find(const LineageId& id) override { return inner_.find(id); }
  void insert(const Lineage& lineage) override { changing().insert(lineage); }
  bool advance(const LineageId& id, std::uint64_t fromCounter, TimePoint rotatedAt,
               TimePoint expiresAt) override {
    return changing().advance(id, fromCounter, rotatedAt, expiresAt);
  }
  std::size_t removeOf(const SessionId& session) override { return changing().removeOf(session); }
  std::size_t purgeExpired(TimePoint expiredBefore, std::size_t limit) override {
    return changing().purgeExpired(expiredBefore, limit);
  }

 protected:
  virtual LineagesWriter& changing() { return inner_; }

  LineagesWriter& inner_;
};

class ForwardingAudit : public AuditWriter {
 public:
  explicit ForwardingAudit(AuditWriter& inner) : inner_(inner) {}

  std::vector<AuditEvent> list(const UserId& user, std::size_t limit) override {
    return inner_.list(user, limit);
  }
  std::vector<AuditEvent> listLatest(std::size_t limit) override { return inner_.listLatest(limit); }
  void insert(const AuditEvent& event) override { changing().insert(event); }
  std::size_t purge(TimePoint before, std::size_t limit) override { return changing().purge(before, limit); }

 protected:
  virtual AuditWriter& changing() { return inner_; }

  AuditWriter& inner_;
};

class ForwardingChanges : public ChangesWriter {
 public:
  explicit ForwardingChanges(ChangesWriter& inner) : inner_(inner) {}

  ChangePage listAfter(std::uint64_t position, std::size_t limit) override {
    return inner_.listAfter(position, limit);
  }
  void insert(const Change& change) override { changing().insert(change); }
  std::size_t purge(TimePoint before, std::size_t limit) override { return changing().purge(before, limit); }

 protected:
  virtual ChangesWriter& changing() { return inner_; }

  ChangesWriter& inner_;
};

}  // namespace glitch_protocol::inline v1
