#include "web/http/json_writer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "engine/text/iso_time.h"
#include "engine/text/utf8.h"

namespace glitch_protocol::web {

namespace {

constexpr std::string_view replacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

/// The length of the valid UTF-8 sequence at the start of `text` (not empty); 0 when there is none.
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

}  // namespace glitch_protocol::web
