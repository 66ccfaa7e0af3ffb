#include "web/api/event_stream.h"

#include <string_view>
#include <variant>

#include "web/api/views.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {

namespace {

// The JSON contains no line breaks: its strings escape them.
std::string frame(std::string_view name, const std::string& data) {
  std::string text = "event: ";
  text.append(name).append("\ndata: ").append(data).append("\n\n");
  return text;
}

struct Format {
  const SessionId& listening;

  std::string operator()(const SessionNewEvent& event) const {
    JsonWriter json;
    json.beginObject();
    writeSession(json.key("session"), event.session, listening);
    json.endObject();
    return frame("SESSION_NEW", json.text());
  }

  std::string operator()(const SessionTerminatedEvent& event) const {
    JsonWriter json;
    json.beginObject();
    json.key("sessionId").string(event.sessionId.str());
    json.key("reason").string(event.reason);
    json.endObject();
    return frame("SESSION_TERMINATED", json.text());
  }

  std::string operator()(const SessionsUpdatedEvent& event) const {
    JsonWriter json;
    json.beginObject();
    writeSessions(json.key("sessions"), event.sessions, listening);
    json.key("total").number(static_cast<std::int64_t>(event.total));
    json.endObject();
    return frame("SESSIONS_UPDATED", json.text());
  }
};

}  // namespace

std::string formatConnected(const SocketId& socket, const SessionId& session) {
  JsonWriter json;
  json.beginObject();
  json.key("socketId").string(socket.str());
  json.key("sessionId").string(session.str());
  json.endObject();
  return "retry: 3000\n\n" + frame("CONNECTED", json.text());
}

std::string formatEvent(const SessionEvent& event, const SessionId& listening) {
  return std::visit(Format{listening}, event);
}

}  // namespace glitch_protocol::web
