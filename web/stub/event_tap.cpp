#include "web/stub/event_tap.h"

#include <string_view>

#include "engine/errors.h"
#include "web/api/event_stream.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {

namespace {

/// The value of a line in the text of an event.
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
  // Delivered first: a test that has seen the event in the log may expect it at the receiver.
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
    // Better to log the event without the e-mail than not at all.
  }
  return email;
}

}  // namespace glitch_protocol::web
