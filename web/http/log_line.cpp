#include "web/http/log_line.h"

#include <array>
#include <cstdio>
#include <optional>

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
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<milliseconds>(time - day)};
  std::array<char, 64> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

struct CodePoint {
  char32_t value;
  std::size_t length;
};

/// The code point at the front of `text`; none where the bytes are no UTF-8 (overlong forms, surrogates and
/// what lies past U+10FFFF included).
std::optional<CodePoint> decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return CodePoint{first, 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return std::nullopt;
  char32_t value = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80) return std::nullopt;
    value = (value << 6) | (next & 0x3fU);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  if (value < smallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
    return std::nullopt;
  return CodePoint{value, length};
}

/// What a terminal or a reader could be deceived with: controls, line and paragraph separators, zero-width
/// and bidirectional characters, the byte order mark, tags.
bool isDeceptive(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
         c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

void appendEscape(std::string& line, const char* format, unsigned value) {
  std::array<char, 16> text{};
  const int length = std::snprintf(text.data(), text.size(), format, value);
  line.append(text.data(), static_cast<std::size_t>(length));
}

/// The value inside quotes, with escapes that both formats share: all are JSON's own, but for \xNN, which
/// stands for a byte that is no UTF-8 and which JSON spells \\xNN.
void appendEscaped(std::string& line, std::string_view value, LogFormat format) {
  while (!value.empty()) {
    const auto point = decode(value);
    if (!point) {
      appendEscape(line, format == LogFormat::json ? "\\\\x%02x" : "\\x%02x",
                   static_cast<unsigned char>(value.front()));
      value.remove_prefix(1);
      continue;
    }
    if (point->value == '"' || point->value == '\\') {
      line.push_back('\\');
      line.push_back(value.front());
    } else if (point->value > 0xffff && isDeceptive(point->value)) {
      appendEscape(line, "\\u%04x", 0xd800U + (static_cast<unsigned>(point->value - 0x10000) >> 10));
      appendEscape(line, "\\u%04x", 0xdc00U + (static_cast<unsigned>(point->value - 0x10000) & 0x3ffU));
    } else if (isDeceptive(point->value)) {
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
