// Writes JSON (RFC 8259).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "engine/types.h"

namespace glitch_protocol::web {

/// Appends values, and the commas between them, to a text. The caller is responsible for correct nesting;
/// whatever the strings contain, the text is valid JSON in valid UTF-8. *One thread at a time.*
class JsonWriter {
 public:
  JsonWriter& beginObject();
  JsonWriter& endObject();
  JsonWriter& beginArray();
  JsonWriter& endArray();

  /// The name of the next value.
  JsonWriter& key(std::string_view name);

  /// Escapes control characters; each byte that is not part of valid UTF-8 becomes U+FFFD.
  JsonWriter& string(std::string_view value);
  JsonWriter& number(std::int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  /// "2026-11-23T04:15:00.000Z"
  JsonWriter& time(TimePoint value);

  /// A value that is already JSON.
  JsonWriter& json(std::string_view value);

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  void separate();

  std::string text_;
  bool needsComma_ = false;
};

}  // namespace glitch_protocol::web
