// The parser of auth.conf, line by line.
#include "web/config/config_file.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "engine/text/ascii.h"
#include "engine/text/utf8.h"
#include "web/config/settings.h"

namespace glitch_protocol::web {
namespace {

/// An error in one line, without the line number.
struct LineFault {
  std::string reason;
};

bool isControl(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

void checkBytes(std::string_view line) {
  if (line.ends_with('\r'))
    throw LineFault{"the line ends with a carriage return; save the file with Unix line ends"};
  if (std::any_of(line.begin(), line.end(), isControl)) throw LineFault{"the line holds a control character"};
  if (!isUtf8(line)) throw LineFault{"the line is not UTF-8"};
}

bool isKeyCharacter(char c) {
  return (c >= 'a' && c <= 'z') || c == '_';
}

/// Messages do not repeat a malformed key, because it could be a secret in the wrong place.
void checkKey(std::string_view key) {
  if (key.empty()) throw LineFault{"there is no key before ="};
  if (!std::all_of(key.begin(), key.end(), isKeyCharacter))
    throw LineFault{"keys are lower-case letters and _; write key = value"};
  if (findSetting(key) == nullptr) throw LineFault{unknownKey(key)};
}

void checkValue(std::string_view key, std::string_view value) {
  const std::string name(key);
  if (value.empty()) throw LineFault{name + ": there is no value after ="};
  if (value.front() == '"' || value.front() == '\'')
    throw LineFault{name + ": values are written without quotes"};
  // As part of the value it would silently change, for example, the name of a file.
  if (value.find(" #") != std::string_view::npos || value.find("\t#") != std::string_view::npos)
    throw LineFault{name + ": a comment needs a line of its own"};
}

std::pair<std::string, std::string> parseAssignment(std::string_view line) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) throw LineFault{"write key = value"};
  const std::string_view key = trim(line.substr(0, equals));
  const std::string_view value = trim(line.substr(equals + 1));
  checkKey(key);
  checkValue(key, value);
  return {std::string(key), std::string(value)};
}

}  // namespace

std::vector<Assignment> parseConfigFile(std::string_view text, std::string_view name) {
  std::vector<Assignment> assignments;
  std::vector<std::string> errors;
  std::map<std::string, std::size_t> lineOfKey;

  if (text.starts_with("\xEF\xBB\xBF"))
    throw ConfigError(
        {std::string(name) + ":1: the file begins with a byte order mark; save it as plain UTF-8"});

  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::string origin = std::string(name) + ":" + std::to_string(number);
    try {
      checkBytes(line);
      const std::string_view content = trim(line);
      if (content.empty() || content.front() == '#') continue;
      auto [key, value] = parseAssignment(content);
      const auto [first, isNew] = lineOfKey.emplace(key, number);
      if (!isNew) throw LineFault{key + ": already set in line " + std::to_string(first->second)};
      assignments.push_back({std::move(key), std::move(value), origin});
    } catch (const LineFault& error) {
      errors.push_back(origin + ": " + error.reason);
    }
  }
  if (!errors.empty()) throw ConfigError(std::move(errors));
  return assignments;
}

}  // namespace glitch_protocol::web
