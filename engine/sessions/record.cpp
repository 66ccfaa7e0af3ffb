// The format of a record: numbers as 8 bytes, text as its length and its bytes.
#include "engine/sessions/record.h"

#include <cstring>

namespace glitch_protocol::inline v1 {

// In host byte order, because only the process that wrote a cache value uses it (session_cache.h, invariant 3).
void RecordWriter::number(std::uint64_t value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out_.append(bytes, sizeof bytes);
}

void RecordWriter::text(std::string_view value) {
  number(value.size());
  out_.append(value);
}

std::string_view RecordReader::take(std::uint64_t size) {
  if (!ok_ || size > rest_.size()) {
    ok_ = false;
    return {};
  }
  const auto length = static_cast<std::size_t>(size);
  const std::string_view field = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return field;
}

std::uint64_t RecordReader::number() {
  std::uint64_t value = 0;
  const std::string_view bytes = take(sizeof value);
  if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::string_view RecordReader::text() {
  return take(number());
}

}  // namespace glitch_protocol::inline v1
