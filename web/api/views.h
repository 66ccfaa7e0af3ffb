// Writes the JSON objects of openapi.json that several routes and events share: users, sessions, account
// activity.
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

/// `{id, email, name, createdAt}`; name is null when there is none.
struct UserView {
  const UserId& id;
  const std::string& email;
  const std::optional<std::string>& name;
  TimePoint createdAt;
};
void writeUser(JsonWriter&, const UserView&);

/// `{id, userAgent, device, ipAddress, createdAt, lastActivity, expiresAt, current}`; the session with the id
/// `current` has `current: true`.
void writeSession(JsonWriter&, const SessionInfo&, const SessionId& current);
void writeSessions(JsonWriter&, const std::vector<SessionInfo>&, const SessionId& current);

/// The maximum size of one session in JSON. Each byte of a user agent or an address can become six ("\u0001";
/// over HTTP, which has no such bytes, at most three: U+FFFD). The rest is the id, the device label (made of
/// our own words), three times, the field names and a comma.
inline constexpr std::size_t maxSessionJsonBytes =
    6 * (maxUserAgentBytes + maxIpAddressBytes) + maxIdBytes + 256;
/// The maximum size of a page of sessions, 372 KiB: the sessions and the text around the list, which is
/// {"success":true,"data":{...,"total":N,"next":"..."}} or the name of an event.
inline constexpr std::size_t maxSessionPageJsonBytes = maxSessionsPerPage * maxSessionJsonBytes + 256;

/// `[{time, event, ipAddress, userAgent, device}]`
void writeActivity(JsonWriter&, const std::vector<AuditEvent>&);

}  // namespace glitch_protocol::web
