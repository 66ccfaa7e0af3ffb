#include "web/json_write.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "engine/utf8.h"
#include "web/device_label.h"

namespace glitch_protocol::web {

namespace {

constexpr std::string_view replacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

/// The length of the well-formed UTF-8 sequence that `text` (not empty) begins with; 0 when it begins with
/// none.
std::size_t sequenceLength(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return length <= text.size() && isUtf8(text.substr(0, length)) ? length : 0;
}

void appendEscaped(std::string& text, unsigned char c) {
  switch (c) {
    case '"':
      text += "\\\"";
      return;
    case '\\':
      text += "\\\\";
      return;
    case '\n':
      text += "\\n";
      return;
    case '\r':
      text += "\\r";
      return;
    case '\t':
      text += "\\t";
      return;
    default:
      break;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  text += "\\u00";
  text += digits[c >> 4];
  text += digits[c & 15];
}

bool isPlain(char character) {
  const auto c = static_cast<unsigned char>(character);
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

}  // namespace

void JsonWriter::separate() {
  if (needsComma_) text_ += ',';
  needsComma_ = true;
}

JsonWriter& JsonWriter::beginObject() {
  separate();
  text_ += '{';
  needsComma_ = false;
  return *this;
}

JsonWriter& JsonWriter::endObject() {
  text_ += '}';
  needsComma_ = true;
  return *this;
}

JsonWriter& JsonWriter::beginArray() {
  separate();
  text_ += '[';
  needsComma_ = false;
  return *this;
}

JsonWriter& JsonWriter::endArray() {
  text_ += ']';
  needsComma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  string(name);
  text_ += ':';
  needsComma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
  separate();
  text_ += '"';
  while (!value.empty()) {
    const auto plain = static_cast<std::size_t>(std::ranges::find_if_not(value, isPlain) - value.begin());
    text_.append(value.substr(0, plain));
    value.remove_prefix(plain);
    if (value.empty()) break;
    const auto c = static_cast<unsigned char>(value.front());
    const std::size_t length = sequenceLength(value);
    if (c < 0x80) {
      appendEscaped(text_, c);
    } else {
      text_.append(length == 0 ? replacementCharacter : value.substr(0, length));
    }
    value.remove_prefix(std::max<std::size_t>(length, 1));
  }
  text_ += '"';
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  separate();
  text_ += std::to_string(value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  text_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  separate();
  text_ += "null";
  return *this;
}

JsonWriter& JsonWriter::time(TimePoint value) {
  return string(formatTime(value));
}

JsonWriter& JsonWriter::json(std::string_view value) {
  separate();
  text_ += value;
  return *this;
}

std::string formatTime(TimePoint time) {
  using namespace std::chrono;
  constexpr TimePoint first = sys_days{year{0} / January / 1};
  constexpr TimePoint last = sys_days{year{10000} / January / 1} - milliseconds{1};
  const TimePoint shown = std::clamp(time, first, last);
  const auto day = floor<days>(shown);
  const year_month_day date{day};
  const hh_mm_ss clock{shown - day};
  std::array<char, 96> text{};  // g++ 14 reckons with seven ints of any value
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

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
