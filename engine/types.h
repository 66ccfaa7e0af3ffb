// The vocabulary that engine, adapters and web share. All types here are plain values.
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

namespace glitch_protocol {

/// A wall-clock instant with the resolution that is stored and shown: milliseconds since 1970-01-01 UTC.
using TimePoint = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// An opaque identifier. `Tag` keeps a user's id and a session's id from being swapped unnoticed.
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

/// No id that is stored is longer. The engine's own have 22 bytes.
inline constexpr std::size_t maxIdBytes = 128;
/// Whether an id may be stored: 1 to maxIdBytes bytes of well-formed UTF-8. The engine refuses others wherever it is
/// given one to store, before it opens a transaction.
bool isStorableId(std::string_view id);

/// 16 random bytes that name a chain of refresh tokens. The bytes travel inside the token itself.
struct LineageId {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const LineageId&) const = default;
};

/// 16 random bytes that name one browser's device token.
struct DeviceId {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const DeviceId&) const = default;
};

/// Who sent a request, as far as it is worth remembering. Empty strings mean "not known".
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
  std::string passwordHash;  ///< a crypt(5) bcrypt string
  TimePoint createdAt{};
  std::optional<TimePoint> disabledAt;         ///< set while the account is disabled
  std::optional<TimePoint> passwordChangedAt;  ///< the last change or reset; empty: never since creation
};

/// A session as adapters store it. It lives while `endedAt` is empty and `expiresAt` lies ahead.
struct Session {
  SessionId id;
  UserId userId;
  ClientInfo client;
  TimePoint createdAt{};
  TimePoint lastActivity{};
  TimePoint expiresAt{};  ///< slides with each rotation, never past the absolute end
  std::optional<TimePoint> endedAt;
  std::string endReason;                ///< empty while the session has not ended
  std::optional<SocketId> socketId;     ///< the event stream the session listens on, if any
  std::optional<TimePoint> tokensFrom;  ///< access tokens issued before it are dead; empty: none is
};

/// One refresh-token lineage as adapters store it: a single row, however often it rotates.
struct Lineage {
  LineageId id;
  SessionId sessionId;
  std::uint64_t counter = 0;  ///< the one value that may be presented next
  TimePoint createdAt{};
  TimePoint rotatedAt{};
  TimePoint expiresAt{};
};

/// What a signed-in user may see of one of their sessions.
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
  user,             ///< whoever sent the request: the account's owner, or somebody who says so
  operatorCommand,  ///< an operator, by a command
  server,           ///< nobody directly: it follows from another event, or from time passing
};

/// One line of an account's history.
struct AuditEvent {
  TimePoint time{};
  std::string event;             ///< one of the names in audit_events.h
  std::optional<UserId> userId;  ///< empty when no account of that name exists
  std::optional<SessionId> sessionId;
  ClientInfo client;
  Actor actor = Actor::user;
  std::uint64_t id = 0;  ///< given by the adapter, larger than those of all events on file; 0 until stored
};

/// What a change is about.
enum class ChangeKind {
  session,  ///< one session has been opened, has ended, or has had its tokens replaced
  user,     ///< a user's profile or state, or several of their sessions at once
};

/// One line of the change feed: what other processes must forget.
struct Change {
  ChangeKind kind = ChangeKind::user;
  std::string id;  ///< a SessionId's or a UserId's
  TimePoint at{};
  std::uint64_t origin = 0;    ///< who wrote it: a random number for each engine
  std::uint64_t position = 0;  ///< given by the adapter; 0 until stored
};

}  // namespace glitch_protocol

template <class Tag>
struct std::hash<glitch_protocol::Id<Tag>> {
  std::size_t operator()(const glitch_protocol::Id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
