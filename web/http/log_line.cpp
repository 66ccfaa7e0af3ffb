#include "web/http/log_line.h"

#include <array>
#include <cstdio>

#include "engine/text/iso_time.h"
#include "engine/text/utf8.h"

namespace glitch_protocol::web {
namespace {

const char* nameOf(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      break;
  }
  return "error";
}

std::string isoTime(std::chrono::system_clock::time_point time) {
  return formatTime(std::chrono::floor<TimePoint::duration>(time));
}

void appendEscape(std::string& line, const char* format, unsigned value) {
  std::array<char, 16> text{};
  const int length = std::snprintf(text.data(), text.size(), format, value);
  line.append(text.data(), static_cast<std::size_t>(length));
}

/// The value inside quotes. The escapes are those of JSON in both formats, except that \xNN stands for a byte
/// that is not valid UTF-8; in JSON it is written \\xNN.
void appendEscaped(std::string& line, std::string_view value, LogFormat format) {
  while (!value.empty()) {
    const auto point = firstCodePoint(value);
    if (!point) {
      appendEscape(line, format == LogFormat::json ? "\\\\x%02x" : "\\x%02x",
                   static_cast<unsigned char>(value.front()));
      value.remove_prefix(1);
      continue;
    }
    if (point->value == '"' || point->value == '\\') {
      line.push_back('\\');
      line.push_back(value.front());
    } else if (point->value > 0xffff && isUnsafe(point->value)) {
      appendEscape(line, "\\u%04x", 0xd800U + (static_cast<unsigned>(point->value - 0x10000) >> 10));
      appendEscape(line, "\\u%04x", 0xdc00U + (static_cast<unsigned>(point->value - 0x10000) & 0x3ffU));
    } else if (isUnsafe(point->value)) {
      appendEscape(line, "\\u%04x", static_cast<unsigned>(point->value));
    } else {
      line.append(value.substr(0, point->length));
    }
    value.remove_prefix(point->length);
  }
}

void appendQuoted(std::string& line, std::string_view value, LogFormat format) {
  line.push_back('"');
  appendEscaped(line, value, format);
  line.push_back('"');
}

bool isPlainWord(std::string_view value) {
  for (const char character : value) {
    const auto c = static_cast<unsigned char>(character);
    if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=') return false;
  }
  return !value.empty();
}

void appendTextField(std::string& text, std::string_view name, std::string_view value) {
  text.append(" ").append(name).append("=");
  isPlainWord(value) ? void(text.append(value)) : appendQuoted(text, value, LogFormat::text);
}

void appendJsonField(std::string& text, std::string_view name, std::string_view value) {
  text.push_back(',');
  appendQuoted(text, name, LogFormat::json);
  text.push_back(':');
  appendQuoted(text, value, LogFormat::json);
}

}  // namespace

std::string formatLogFields(LogFormat format, LogFields fields, std::size_t maxValueBytes) {
  std::string text;
  for (const auto& [name, whole] : fields) {
    const std::string_view value = whole.substr(0, maxValueBytes);
    format == LogFormat::json ? appendJsonField(text, name, value) : appendTextField(text, name, value);
  }
  return text;
}

std::string formatLogLine(LogFormat format, std::chrono::system_clock::time_point time, LogLevel level,
                          std::string_view event, std::string_view fields) {
  std::string line;
  if (format == LogFormat::json) {
    line.append(R"({"time":")").append(isoTime(time)).append(R"(","level":")").append(nameOf(level));
    line.append(R"(","event":)");
    appendQuoted(line, event, format);
    return line.append(fields).append("}\n");
  }
  line.append(isoTime(time)).append(" ").append(nameOf(level)).append(" ");
  isPlainWord(event) ? void(line.append(event)) : appendQuoted(line, event, format);
  return line.append(fields).append("\n");
}

}  // namespace glitch_protocol::web
