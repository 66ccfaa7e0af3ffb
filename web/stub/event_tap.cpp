#include "web/stub/event_tap.h"

#include <string_view>

#include "engine/errors.h"
#include "web/api/event_stream.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {

namespace {

/// The value of a line of an event's text.
std::string_view lineOf(std::string_view event, std::string_view name) {
  const std::size_t begin = event.find(name) + name.size();
  return event.substr(begin, event.find('\n', begin) - begin);
}

}  // namespace

void EventTap::emitToUser(const UserId& user, const SessionEvent& event) {
  const std::string text = formatEvent(event, SessionId{});
  const std::string email = emailOf(user);
  JsonWriter json;
  json.beginObject();
  json.key("time").time(clock_.now());
  json.key("userId").string(user.str());
  json.key("email").string(email);
  json.key("event").string(lineOf(text, "event: "));
  json.key("data").json(lineOf(text, "data: "));
  json.endObject();
  // First where it is to go: who has seen it in the log may look for it there.
  next_.emitToUser(user, event);
  seen_.add({user.str(), email, json.take()});
}

void EventTap::emitToSocket(const SocketId& socket, const SessionEvent& event) {
  next_.emitToSocket(socket, event);
}

std::string EventTap::emailOf(const UserId& id) const {
  std::string email;
  try {
    database_.read([&](Reader& reader) {
      if (const auto user = reader.users().find(id)) email = user->email;
    });
  } catch (const StoreError&) {
    // An event without its address is better than none.
  }
  return email;
}

}  // namespace glitch_protocol::web
