#include "web/api/views.h"

#include "web/api/device_label.h"

namespace glitch_protocol::web {

void writeUser(JsonWriter& json, const UserView& user) {
  json.beginObject();
  json.key("id").string(user.id.str());
  json.key("email").string(user.email);
  json.key("name");
  if (user.name) {
    json.string(*user.name);
  } else {
    json.null();
  }
  json.key("createdAt").time(user.createdAt);
  json.endObject();
}

void writeSession(JsonWriter& json, const SessionInfo& session, const SessionId& current) {
  json.beginObject();
  json.key("id").string(session.id.str());
  json.key("userAgent").string(session.client.userAgent);
  json.key("device").string(deviceLabel(session.client.userAgent));
  json.key("ipAddress").string(session.client.ipAddress);
  json.key("createdAt").time(session.createdAt);
  json.key("lastActivity").time(session.lastActivity);
  json.key("expiresAt").time(session.expiresAt);
  json.key("current").boolean(session.id == current);
  json.endObject();
}

void writeSessions(JsonWriter& json, const std::vector<SessionInfo>& sessions, const SessionId& current) {
  json.beginArray();
  for (const SessionInfo& session : sessions) writeSession(json, session, current);
  json.endArray();
}

void writeActivity(JsonWriter& json, const std::vector<AuditEvent>& events) {
  json.beginArray();
  for (const AuditEvent& event : events) {
    json.beginObject();
    json.key("time").time(event.time);
    json.key("event").string(event.event);
    json.key("ipAddress").string(event.client.ipAddress);
    json.key("userAgent").string(event.client.userAgent);
    json.key("device").string(deviceLabel(event.client.userAgent));
    json.endObject();
  }
  json.endArray();
}

}  // namespace glitch_protocol::web
