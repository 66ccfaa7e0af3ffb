// Rows for tests of databases. Times are offsets from `epoch`, so that a test shows only what matters to it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/database_adapter.h"
#include "engine/types.h"

namespace glitch_protocol::sample {

inline constexpr TimePoint epoch{std::chrono::seconds{1'700'000'000}};

/// `milliseconds` after the epoch of these tests.
inline TimePoint at(std::int64_t milliseconds) {
  return epoch + std::chrono::milliseconds{milliseconds};
}

inline User user(const std::string& name) {
  User user;
  user.id = UserId("user-" + name);
  user.email = name + "@example.org";
  user.passwordHash = "hash of " + name;
  user.createdAt = at(0);
  return user;
}

/// A live session of `user(owner)` with the id "session-<name>" that expires at(1000).
inline Session session(const std::string& owner, const std::string& name) {
  Session session;
  session.id = SessionId("session-" + name);
  session.userId = UserId("user-" + owner);
  session.client = {"192.0.2.1", "Browser/1.0"};
  session.createdAt = at(0);
  session.lastActivity = at(0);
  session.expiresAt = at(1000);
  return session;
}

inline LineageId lineageId(std::uint8_t last) {
  LineageId id;
  id.bytes.fill(0xA0);
  id.bytes.back() = last;
  return id;
}

/// A lineage of `session(..., sessionName)` at counter 0 that expires at(1000).
inline Lineage lineage(const std::string& sessionName, std::uint8_t last) {
  Lineage lineage;
  lineage.id = lineageId(last);
  lineage.sessionId = SessionId("session-" + sessionName);
  lineage.createdAt = at(0);
  lineage.rotatedAt = at(0);
  lineage.expiresAt = at(1000);
  return lineage;
}

inline AuditEvent auditEvent(const std::optional<UserId>& user, const std::string& event, TimePoint time) {
  AuditEvent line;
  line.time = time;
  line.event = event;
  line.userId = user;
  line.client = {"192.0.2.1", "Browser/1.0"};
  return line;
}

/// All fields as text, to compare rows and to show the difference.
std::string describe(const User& user);
std::string describe(const Session& session);
std::string describe(const Lineage& lineage);
std::string describe(const AuditEvent& event);

template <class Row>
std::string describe(const std::optional<Row>& row) {
  return row ? describe(*row) : "nothing";
}

/// Runs `look` in a read on `database` and returns its result.
template <class Look>
auto readFrom(DatabaseAdapter& database, const Look& look) {
  decltype(look(std::declval<Reader&>())) result{};
  database.read([&](Reader& reader) { result = look(reader); });
  return result;
}

/// Runs `change` in a write on `database` and returns its result.
template <class Change>
auto writeTo(DatabaseAdapter& database, const Change& change) {
  decltype(change(std::declval<Writer&>())) result{};
  database.write([&](Writer& writer) { result = change(writer); });
  return result;
}

/// Adds `user(name)`.
inline void addUser(DatabaseAdapter& database, const std::string& name) {
  database.write([&](Writer& writer) { writer.users().insert(user(name)); });
}

/// The ids of all users in the order of their e-mails, each followed by a blank.
std::string usersOf(DatabaseAdapter& database);

/// All stored data about `user` as text: equal texts mean that nothing has changed.
std::string everythingAbout(DatabaseAdapter& database, const UserId& user);

}  // namespace glitch_protocol::sample
