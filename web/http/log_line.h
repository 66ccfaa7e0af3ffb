// Formats log lines.
#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace glitch_protocol::web {

/// In order of importance; a log drops events below its level.
enum class LogLevel { debug, info, warning, error };

/// text: `2026-11-23T04:15:00.000Z info login_succeeded user=u1 ip=203.0.113.7`
/// json: `{"time":"2026-11-23T04:15:00.000Z","level":"info","event":"login_succeeded","user":"u1"}`
enum class LogFormat { text, json };

/// The fields of one event in the order printed. Names are chosen by the program (letters, digits, `_`);
/// values may contain anything that a client sent.
using LogFields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// The fields as they appear in a line, ready for formatLogLine(); several such texts may be concatenated.
/// Control characters, quotes, backslashes, bidirectional and invisible format characters and invalid UTF-8
/// are escaped. Values are cut at `maxValueBytes`.
std::string formatLogFields(LogFormat, LogFields, std::size_t maxValueBytes = std::string_view::npos);

/// One line with its line end. `fields` comes from formatLogFields() in the same format.
std::string formatLogLine(LogFormat, std::chrono::system_clock::time_point, LogLevel, std::string_view event,
                          std::string_view fields);

}  // namespace glitch_protocol::web
