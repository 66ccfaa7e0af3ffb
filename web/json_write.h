// Writing JSON (RFC 8259), and the objects of http-api.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/session_page.h"
#include "engine/types.h"

namespace glitch_protocol::web {

/// Appends values to a text, and the commas between them. The caller keeps the nesting right; whatever the
/// strings hold, the text is valid JSON in valid UTF-8. *One thread at a time.*
class JsonWriter {
 public:
  JsonWriter& beginObject();
  JsonWriter& endObject();
  JsonWriter& beginArray();
  JsonWriter& endArray();

  /// The name of the next value.
  JsonWriter& key(std::string_view name);

  /// Control characters are escaped; each byte that is not part of well-formed UTF-8 becomes U+FFFD.
  JsonWriter& string(std::string_view value);
  JsonWriter& number(std::int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  /// "2026-11-23T04:15:00.000Z"
  JsonWriter& time(TimePoint value);

  /// A value that is JSON already.
  JsonWriter& json(std::string_view value);

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  void separate();

  std::string text_;
  bool needsComma_ = false;
};

/// ISO 8601 in UTC with milliseconds: "2026-11-23T04:15:00.000Z". Times outside the years 0 to 9999, which
/// the form cannot hold, come out as the nearest that it can.
std::string formatTime(TimePoint);

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
    6 * (maxUserAgentBytes + maxIpAddressBytes) + maxSessionIdBytes + 256;
/// 372 KiB, with what stands around the list: {"success":true,"data":{...,"total":N,"next":"..."}}, or an event's name.
inline constexpr std::size_t maxSessionPageJsonBytes = maxSessionsPerPage * maxSessionJsonBytes + 256;

/// `[{time, event, ipAddress, userAgent, device}]`
void writeActivity(JsonWriter&, const std::vector<AuditEvent>&);

}  // namespace glitch_protocol::web
