// The data types that the engine, its adapters and web/ share. All of them are plain values.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// A wall-clock time in the resolution that is stored and shown: milliseconds since 1970-01-01 UTC.
using TimePoint = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// An opaque identifier. `Tag` makes ids of users, sessions and streams distinct types, so that the compiler notices a
/// swap.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}

  const std::string& str() const { return value_; }
  bool empty() const { return value_.empty(); }
  auto operator<=>(const Id&) const = default;

 private:
  std::string value_;
};

using UserId = Id<struct UserTag>;
using SessionId = Id<struct SessionTag>;
using SocketId = Id<struct SocketTag>;

/// The max length of a stored id. Ids that the engine generates have 22 bytes.
inline constexpr std::size_t maxIdBytes = 128;
/// Whether an id may be stored: 1 to maxIdBytes bytes of well-formed UTF-8. The engine refuses to store any other id,
/// before it opens a transaction.
bool isStorableId(std::string_view id);

/// 16 random bytes that identify a lineage. They are part of each of its refresh tokens.
struct LineageId {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const LineageId&) const = default;
};

/// 16 random bytes that identify the browser of a device token.
struct DeviceId {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const DeviceId&) const = default;
};

/// What is stored about the client that sent a request. Empty strings mean "unknown".
struct ClientInfo {
  std::string ipAddress;
  std::string userAgent;

  bool operator==(const ClientInfo&) const = default;
};

/// An account as adapters store it.
struct User {
  UserId id;
  std::string email;  ///< lower case ASCII; unique
  std::optional<std::string> name;
  std::string passwordHash;  ///< a bcrypt hash in crypt(5) format
  TimePoint createdAt{};
  std::optional<TimePoint> disabledAt;         ///< set while the account is disabled
  std::optional<TimePoint> passwordChangedAt;  ///< the last change or reset; empty: not since creation
};

/// A session as adapters store it. It is live while `endedAt` is empty and `expiresAt` is in the future.
struct Session {
  SessionId id;
  UserId userId;
  ClientInfo client;
  TimePoint createdAt{};
  TimePoint lastActivity{};
  TimePoint expiresAt{};  ///< moved forward by each rotation, never past the absolute expiry
  std::optional<TimePoint> endedAt;
  std::string endReason;                ///< empty while the session has not ended
  std::optional<SocketId> socketId;     ///< the event stream that the session listens on, if any
  std::optional<TimePoint> tokensFrom;  ///< access tokens issued before this are invalid; empty: none are
};

/// A lineage of refresh tokens as adapters store it: a single row, however often it rotates.
struct Lineage {
  LineageId id;
  SessionId sessionId;
  std::uint64_t counter = 0;  ///< the counter of the current refresh token
  TimePoint createdAt{};
  TimePoint rotatedAt{};
  TimePoint expiresAt{};
};

/// The part of a session that its user may see.
struct SessionInfo {
  SessionId id;
  UserId userId;
  ClientInfo client;
  TimePoint createdAt{};
  TimePoint lastActivity{};
  TimePoint expiresAt{};

  bool operator==(const SessionInfo&) const = default;
};

/// An access token and the refresh token that continues its session.
struct TokenPair {
  std::string accessToken;
  std::string refreshToken;
  TimePoint accessTokenExpiresAt{};
  TimePoint refreshTokenExpiresAt{};
};

/// The verified content of an access token.
struct AccessClaims {
  UserId sub;
  SessionId sessionId;
  TimePoint issuedAt{};
  TimePoint expiresAt{};
};

/// Who caused an audit event.
enum class Actor {
  user,             ///< the sender of the request: the account's owner, or somebody who claims to be
  operatorCommand,  ///< an operator, with a command
  server,           ///< the server: a consequence of another event or of time
};

/// One entry of an account's history.
struct AuditEvent {
  TimePoint time{};
  std::string event;             ///< one of the names in audit_events.h
  std::optional<UserId> userId;  ///< empty if no such account exists
  std::optional<SessionId> sessionId;
  ClientInfo client;
  Actor actor = Actor::user;
  std::uint64_t id = 0;  ///< assigned by the adapter, larger than those of all stored events; 0 until stored
};

/// What has changed.
enum class ChangeKind {
  session,  ///< one session was opened, ended, or had its tokens replaced
  user,     ///< a user's profile or state, or several of their sessions at once
};

/// One entry of the change feed: what other processes must drop from their caches.
struct Change {
  ChangeKind kind = ChangeKind::user;
  std::string id;  ///< of the session or of the user
  TimePoint at{};
  std::uint64_t origin = 0;    ///< the engine that wrote it: a random number for each engine
  std::uint64_t position = 0;  ///< assigned by the adapter; 0 until stored
};

}  // namespace v1
}  // namespace glitch_protocol

template <class Tag>
struct std::hash<glitch_protocol::Id<Tag>> {
  std::size_t operator()(const glitch_protocol::Id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
