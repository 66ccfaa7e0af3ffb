// The conversion of each kind of row.
#include "store/sqlite/sqlite_rows.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

namespace glitch_protocol::inline v1::store {
namespace {

template <class Identifier>
std::optional<Identifier> optionalId(const Query& row, int column) {
  return row.isNull(column) ? std::nullopt : std::optional(Identifier(row.text(column)));
}

constexpr std::string_view operatorActor = "operator";
constexpr std::string_view serverActor = "server";

Actor actorOf(std::string_view text) {
  if (text == operatorActor) return Actor::operatorCommand;
  return text == serverActor ? Actor::server : Actor::user;
}

}  // namespace

std::string_view textOf(Actor actor) {
  switch (actor) {
    case Actor::operatorCommand:
      return operatorActor;
    case Actor::server:
      return serverActor;
    case Actor::user:
      break;
  }
  return "user";
}

User userAt(const Query& row) {
  User user;
  user.id = UserId(row.text(0));
  user.email = row.text(1);
  user.name = row.optionalText(2);
  user.passwordHash = row.text(3);
  user.createdAt = row.time(4);
  user.disabledAt = row.optionalTime(5);
  user.passwordChangedAt = row.optionalTime(6);
  return user;
}

Session sessionAt(const Query& row) {
  Session session;
  session.id = SessionId(row.text(0));
  session.userId = UserId(row.text(1));
  session.client = {row.text(2), row.text(3)};
  session.createdAt = row.time(4);
  session.lastActivity = row.time(5);
  session.expiresAt = row.time(6);
  session.endedAt = row.optionalTime(7);
  session.endReason = row.text(8);
  session.socketId = optionalId<SocketId>(row, 9);
  session.tokensFrom = row.optionalTime(10);
  return session;
}

Lineage lineageAt(const Query& row) {
  Lineage lineage;
  lineage.id = row.lineageId(0);
  lineage.sessionId = SessionId(row.text(1));
  lineage.counter = static_cast<std::uint64_t>(row.number(2));
  lineage.createdAt = row.time(3);
  lineage.rotatedAt = row.time(4);
  lineage.expiresAt = row.time(5);
  return lineage;
}

AuditEvent auditEventAt(const Query& row) {
  AuditEvent event;
  event.time = row.time(0);
  event.event = row.text(1);
  event.userId = optionalId<UserId>(row, 2);
  event.sessionId = optionalId<SessionId>(row, 3);
  event.client = {row.text(4), row.text(5)};
  event.actor = actorOf(row.text(6));
  event.id = static_cast<std::uint64_t>(row.number(7));
  return event;
}

std::int64_t sqlLimit(std::size_t limit) {
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(limit, most));
}

}  // namespace glitch_protocol::inline v1::store
