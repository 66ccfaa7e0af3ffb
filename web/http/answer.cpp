#include "web/http/answer.h"

#include <optional>
#include <utility>

#include "engine/text/ascii.h"
#include "web/http/common_fields.h"
#include "web/http/json_writer.h"
#include "web/http/wipe.h"

namespace glitch_protocol::web {

namespace {

constexpr std::string_view colon = ": ";
constexpr std::string_view lineEnd = "\r\n";

/// One field line of an answer.
struct Line {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< after its CR LF
  std::string_view value;
};

/// The first line with this name that starts at `from` or later.
std::optional<Line> findLine(std::string_view lines, std::string_view name, std::size_t from = 0) {
  while (from < lines.size()) {
    const std::size_t end = lines.find('\r', from) + lineEnd.size();
    const std::size_t valueBegin = from + name.size() + colon.size();
    const bool matches = valueBegin <= end - lineEnd.size() && lines[from + name.size()] == ':' &&
                         equalIgnoringCase(lines.substr(from, name.size()), name);
    if (matches) return Line{from, end, lines.substr(valueBegin, end - lineEnd.size() - valueBegin)};
    from = end;
  }
  return std::nullopt;
}

}  // namespace

void Answer::add(std::string_view name, std::string_view value) {
  if (hasControl(value)) return;
  setsCommonFields_ = setsCommonFields_ || isCommonField(name);
  appendFieldLine(lines_, name, value);
}

void Answer::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

void Answer::remove(std::string_view name) {
  while (const auto line = findLine(lines_, name)) lines_.erase(line->begin, line->end - line->begin);
}

std::string_view Answer::value(std::string_view name) const {
  const auto line = findLine(lines_, name);
  return line ? line->value : std::string_view{};
}

bool Answer::has(std::string_view name) const {
  return findLine(lines_, name).has_value();
}

std::vector<std::string_view> Answer::values(std::string_view name) const {
  std::vector<std::string_view> values;
  for (auto line = findLine(lines_, name); line; line = findLine(lines_, name, line->end))
    values.push_back(line->value);
  return values;
}

void Answer::clear() {
  status = 200;
  body.clear();
  contentType = jsonType;
  connection = Connection::keptOpen;
  lines_.clear();
  setsCommonFields_ = false;
}

void Answer::wipe() {
  wipeForReuse(body);
  wipeForReuse(lines_);
  clear();
}

void answerJson(Answer& answer, int status, std::string json) {
  answer.status = status;
  answer.body = std::move(json);
  answer.contentType = Answer::jsonType;
}

void succeed(Answer& answer, int status, std::string_view data) {
  answer.status = status;
  answer.contentType = Answer::jsonType;
  answer.body.clear();
  answer.body.reserve(data.size() + 32);
  answer.body.append(R"({"success":true,"data":)").append(data).append("}");
}

void succeed(Answer& answer) {
  succeed(answer, 200, "{}");
}

void fail(Answer& answer, const Failure& failure) {
  JsonWriter json;
  json.beginObject();
  json.key("success").boolean(false);
  json.key("error").string(failure.message);
  json.key("code").string(failure.code);
  if (!failure.fields.empty()) {
    json.key("fields").beginArray();
    for (const FieldError& field : failure.fields) {
      json.beginObject();
      json.key("field").string(field.field);
      json.key("code").string(field.code);
      json.key("message").string(field.message);
      json.endObject();
    }
    json.endArray();
  }
  json.endObject();
  answerJson(answer, failure.status, json.take());
}

}  // namespace glitch_protocol::web
