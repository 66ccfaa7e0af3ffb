// The JSON objects of http-api.md that several routes and events share: users, sessions, account activity.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/database_adapter.h"
#include "engine/session_page.h"
#include "engine/types.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {

/// `{id, email, name, createdAt}`; name null when there is none.
struct UserView {
  const UserId& id;
  const std::string& email;
  const std::optional<std::string>& name;
  TimePoint createdAt;
};
void writeUser(JsonWriter&, const UserView&);

/// `{id, userAgent, device, ipAddress, createdAt, lastActivity, expiresAt, current}`; current when it is
/// `current`.
void writeSession(JsonWriter&, const SessionInfo&, const SessionId& current);
void writeSessions(JsonWriter&, const std::vector<SessionInfo>&, const SessionId& current);

/// What an answer or an event with a page of sessions takes at most. In a user agent or an address each byte may
/// become six ("\u0001"; over HTTP, which has no such bytes, at most three: U+FFFD); around them stand the id, the
/// device's label (of our own words), three times, the names of the fields, and a comma.
inline constexpr std::size_t maxSessionJsonBytes =
    6 * (maxUserAgentBytes + maxIpAddressBytes) + maxIdBytes + 256;
/// 372 KiB, with what stands around the list: {"success":true,"data":{...,"total":N,"next":"..."}}, or an event's name.
inline constexpr std::size_t maxSessionPageJsonBytes = maxSessionsPerPage * maxSessionJsonBytes + 256;

/// `[{time, event, ipAddress, userAgent, device}]`
void writeActivity(JsonWriter&, const std::vector<AuditEvent>&);

}  // namespace glitch_protocol::web
