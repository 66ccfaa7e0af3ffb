// Writes JSON (RFC 8259).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

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

}  // namespace glitch_protocol::web
